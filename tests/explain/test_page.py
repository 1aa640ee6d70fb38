"""What the page of an alert tells an officer, read as plain text."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from stream_app.contracts.assessment import Alert, HeadState, Scores, Selection
from stream_app.contracts.declaration import Declaration
from stream_app.explain.page import Page
from stream_app.explain.reasons import reason, step
from stream_app.explain.texts import Catalogue, english, load
from tests.explain.conftest import cheap

Made = Callable[..., Alert]


def page(alert: Alert, plots: bool = True, catalogue: Catalogue | None = None, width: int = 140) -> str:
    written = io.StringIO()
    Console(width=width, file=written).print(Page(catalogue or english(), plots).render(alert))
    return written.getvalue()


def row(text: str, begins: str) -> list[str]:
    """The words of the one line that begins so."""
    (line,) = [line.strip() for line in text.splitlines() if line.strip().startswith(begins)]
    return line.removeprefix(begins).split()


def test_it_says_which_consignment_how_unusual_and_what_to_do(made: Made) -> None:
    text = page(made())
    for fact in ("26NL000001", "version 2", "goods item 3", "HS 610910", "origin CN", "departed from VN", "NL000510", "red lane", "also selected: 7"):
        assert fact in text
    assert "more unusual than 99.97% of recent goods items" in text


@pytest.mark.parametrize(
    ("reason", "fact"),
    [
        ("score:non_compliance", "for its score: non-compliance"),
        ("mandatory:watchlist", "must be: watchlist"),
        ("random", "at random for the control sample (a probability of 1.5%)"),
        ("exploration", "to explore (a probability of 1.5%)"),
    ],
)
def test_it_says_how_it_came_to_be_selected(made: Made, reason: str, fact: str) -> None:
    assert fact in page(made(selection=Selection(reason, 0.015, False, None, None)))


def test_it_names_no_party(made: Made) -> None:
    assert "SECRET" not in page(made())


def test_every_head_speaks_for_itself_or_is_said_to_be_silent(made: Made) -> None:
    states = {"anomaly": HeadState("mature", 20_000), **dict.fromkeys(("non_compliance", "critical", "revenue_at_risk"), HeadState("warming", 60))}
    text = page(made(heads=Scores(0.9998, 0.57, None, 1_204.0), head_states=states))
    assert "99.98%" in " ".join(row(text, "anomaly"))
    assert row(text, "non-compliance")[0] == "57%"
    assert "silent" not in text
    assert "says nothing" in " ".join(row(text, "safety and prohibited goods"))
    assert row(text, "revenue at risk")[0] == "1,204"
    assert text.count("still learning") == 2, "of the heads that have an answer and are not mature"


def test_a_reason_has_its_group_its_count_its_range_and_its_whole_path(made: Made) -> None:
    text = page(made())
    for fact in ("2 per kg", "13.4 to 29.9", "compared with HS 610910 from CN, n = 114"):
        assert fact in text
    assert row(text, "HS 61 ") == ["3,112", "18.2"], "a group that was not asked expects nothing"
    assert row(text, "HS 610910  ")[:3] == ["412", "19.2", "19.2"]
    assert row(text, "all goods") == ["2,000", "3.3%", "3.3%"]
    assert row(text, "HS 95 ") == ["34", "20%", "19%"]
    assert "compared with this group" in " ".join(row(text, "HS 950300 from CN"))


def test_what_speaks_for_it_and_what_could_not_be_judged_have_their_place(made: Made) -> None:
    text = page(made(missing=["net_mass_kg"], failed=["rare_combination"]))
    favour, gaps = text.index("What speaks for it"), text.index("What could not be judged")
    assert favour < text.index("trader seen 214 times before") < gaps
    assert gaps < text.index("net mass was not declared") < text.index("rare combination failed")
    bare = page(made(counter_evidence=[]))
    assert "nothing that was asked is particularly usual" in bare
    assert "every measure was there, and every detector answered" in bare


def test_it_says_what_it_does_not_claim_and_warns_of_few_peers(made: Made) -> None:
    text = page(made())
    for claim in ("not a finding", "not a probability of fraud", "undervaluation looks usual", "items that were controlled"):
        assert claim in text
    assert "few peers" not in text
    few = cheap()
    few.n_peer = 3.2
    assert "few peers (3)" in page(made(reasons=[few]))


def test_an_alert_without_reasons_says_so(made: Made) -> None:
    assert "nothing about the item itself stands out" in page(made(reasons=[]))


def test_without_plots_no_curve_is_drawn(made: Made) -> None:
    assert "▲" in page(made())
    assert "█" in page(made())
    assert not {"▲", "█", "┼"} & set(page(made(), plots=False))


def test_a_signals_page_needs_no_peers(made: Made) -> None:
    mixed = reason("half_space", "combination_of_surprises", actual=0.9, path=[step("recent_items", n=1_000.0)], impact=1.0, details={"mass": 8.0})
    assert "mass (one in 8)" in page(made(reasons=[mixed]))


def test_a_translated_page_is_translated_where_the_catalogue_has_the_text(made: Made, tmp_path: Path) -> None:
    file = tmp_path / "nl.toml"
    file.write_text('[page]\nreasons = "Waarom gekozen"\n[lanes]\nred = "rood: fysieke controle"\n[numbers]\ndecimal = ","\nthousands = "."\n')
    text = page(made(), catalogue=load(file))
    assert "Waarom gekozen" in text
    assert "rood: fysieke controle" in text
    assert "What speaks for it" in text
    assert row(text, "HS 61 ")[0] == "3.112"


@pytest.mark.parametrize("width", [40, 80, 200])
def test_every_alert_of_the_engine_has_a_page_at_any_width_that_names_no_party(alerts: list[tuple[Declaration, Alert]], width: int) -> None:
    for declaration, alert in alerts:
        text = page(alert, width=width)
        assert alert.declaration_id in text.replace("\n", "")
        assert max(len(line) for line in text.splitlines()) <= width
        assert not {declaration.trader_id, declaration.declarant_id, declaration.seller_id} & set(text.split())
