"""The catalogue: texts by language, and how numbers are written in them."""

from pathlib import Path

import pytest

from stream_app.contracts.assessment import Reason
from stream_app.explain.reasons import reason, step
from stream_app.explain.texts import Catalogue, CatalogueError, english, languages, load
from stream_app.explain.wording import said

DUTCH = Path(__file__).with_name("nl.toml")


@pytest.fixture
def dutch() -> Catalogue:
    return load(DUTCH)


def cheap(**changes: object) -> Reason:
    path = [step("hs6", "610910", n=1_412.04, value=19.2), step("hs6_origin", "610910", "CN", n=114.2, value=20.0)]
    given = {"actual": 2.0, "path": path, "impact": 19.3, "typical": 20.0, "lower": 13.4, "upper": 12_345.6}
    return reason("unit_value_low", "unit_value", **(given | changes))  # type: ignore[arg-type]


def test_a_reason_names_value_peers_range_and_count() -> None:
    text = cheap().text
    for fact in ("2 per kg", "HS 610910 from CN", "20", "13.4 to 12,346", "114 peers"):
        assert fact in text


def test_one_peer_is_not_called_peers() -> None:
    alone = [step("hs6_origin", "610910", "CN", n=1.2)]
    assert "(one peer)" in cheap(path=alone).text


def test_the_group_compared_with_need_not_be_the_narrowest() -> None:
    wider = cheap(speaks=0)
    assert (wider.peer_group, wider.n_peer) == ("HS 610910", 1_412.0)
    assert "1,412 peers" in wider.text


def test_a_code_or_a_field_that_the_catalogue_lacks_is_refused_where_the_reason_is_made() -> None:
    with pytest.raises(KeyError):
        reason("no_such_code", "unit_value", actual=1.0, path=[step("all", n=1.0)], impact=1.0)
    with pytest.raises(ValueError, match="is empty"):
        cheap(typical=None)
    with pytest.raises(KeyError):
        reason("rare_combination", "x", actual="NO", path=[step("all", n=1.0)], impact=1.0)


def test_another_language_writes_words_numbers_and_groups_its_own_way(dutch: Catalogue) -> None:
    assert said(dutch, cheap(typical=12_345.6, actual=0.25)) == "GS 610910 uit CN: 0,25 per kg, gewoonlijk 12.346 (114 vergelijkbare posten)"


def test_what_a_language_lacks_is_told_in_english_text_by_text(dutch: Catalogue) -> None:
    known = [step("all_items", n=312.0)]
    seen = reason("known_identity", "trader", actual=214.0, path=known, impact=3.0, details={"identity": "trader"})
    assert said(dutch, seen) == seen.text
    assert dutch.group("hs6", ["610910"]) == "HS 610910"
    mixed = reason("half_space", "x", actual=0.9, path=[step("recent_items", n=1.0)], impact=1.0, details={"unit_value": 9_112.0, "mass": 8.0})
    assert said(dutch, mixed) == "zelden samen: unit value (one in 9,112), mass (one in 8)", "an English phrase, whole"


def test_every_fault_of_a_translation_is_told_at_once(tmp_path: Path) -> None:
    file = tmp_path / "xx.toml"
    file.write_text('[reasons]\nunit_value_low = "{price:number}"\nunit_value_high = "{actual:roman}"\nno_such = "x"\n')
    with pytest.raises(CatalogueError) as caught:
        load(file)
    told = str(caught.value).splitlines()
    assert len(told) == 3
    assert any("price" in line for line in told)
    assert any("roman" in line for line in told)
    assert any("no_such" in line for line in told)


@pytest.mark.parametrize("body", [b"[reasons\n", b"\xff\xfe", b'[reasons]\nunit_value_low = "{actual"\n', b"[reasons]\nunit_value_low = 3\n"])
def test_a_file_that_is_no_catalogue_is_a_fault_not_a_traceback(tmp_path: Path, body: bytes) -> None:
    file = tmp_path / "xx.toml"
    file.write_bytes(body)
    with pytest.raises(CatalogueError):
        load(file)


def test_english_is_there_and_no_template_of_it_is_broken() -> None:
    assert "en" in languages()
    assert english().language == "English"
