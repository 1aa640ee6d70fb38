"""Editions of the Harmonized System."""

import pytest

from stream_app.engine.pipeline import parse_pipeline
from stream_app.instruments.mirror.concordance import Concordance, known, read_pairs
from stream_app.instruments.suite import mirror
from tests.support.instruments import export

TABLE = """# a remark
edition,hs6,later_edition,later_hs6
2012,111111,2017,111112
2017,111112,2022,111113
2017,222222,2022,111113
2017,333333,2022,333331
2017,333333,2022,333332
"""


def test_codes_that_became_one_another_through_any_number_of_editions_are_one_family() -> None:
    found = Concordance(read_pairs(TABLE.splitlines()))
    assert {found.family(code) for code in ("111111", "111112", "222222", "111113")} == {"111113"}
    assert {found.family(code) for code in ("333333", "333331", "333332")} == {"333331"}


def test_a_code_that_never_changed_is_its_own_family_and_national_digits_do_not_matter() -> None:
    assert known().family("61091000") == "610910"
    assert known().family("8517120000") == known().family("851714") == "851713"


def test_an_administration_adds_changes_in_its_configuration() -> None:
    settings = parse_pipeline('[instruments.mirror]\nconcordance = [[2017, "610910", 2022, "610911"]]\n').instruments.mirror
    instrument = mirror(settings)
    instrument.learn(export("E-1", 1.0, hs_code="610910"))
    assert [line["hs6"] for line in instrument.figures()["gaps"]] == ["610911"]
    assert instrument.figures()["gaps"][0]["importer"] == "NL"


@pytest.mark.parametrize("table", ["hs6,edition\n1,2\n", "edition,hs6,later_edition,later_hs6\n2017,12345,2022,123456\n"])
def test_a_table_that_is_none_is_refused(table: str) -> None:
    with pytest.raises(ValueError, match=r"columns must be|six digits"):
        read_pairs(table.splitlines())
