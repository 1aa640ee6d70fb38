"""The view fits the screen, whatever the width: every alert that is begun is whole, and the frame is closed."""

import io
from typing import Any

import pytest
from rich.console import Console

from stream_app.demo.view import screen

SEVERITIES = {"critical": 2, "low": 11}
FIGURES = {"declarations": "1,204", "items/s": "640", "lag": "0"}


def alert(number: int, reasons: int = 3) -> dict[str, Any]:
    text = "unit value of 3.927 per kg is far below what HS 420221 from KH usually shows: 42.68, mostly 9.631 to 189.1 (28 peers)"
    return {
        "severity": "low",
        "score": 48.6,
        "lane": "yellow",
        "declaration_id": f"25NL{number:012d}",
        "item_number": 1,
        "hs_code": "4202210010",
        "origin_country": "KH",
        "office": "NL000511",
        "maturity": "warming",
        "reasons": [{"text": f"{text} end{number}"} for _ in range(reasons)],
    }


def shown(alerts: list[dict[str, Any]], width: int, height: int) -> list[str]:
    console = Console(file=io.StringIO(), width=width, height=height, force_terminal=True, color_system=None)
    with console.capture() as captured:
        console.print(screen(FIGURES, SEVERITIES, alerts, console))
    return captured.get().splitlines()


@pytest.mark.parametrize("width", [60, 100, 200])
def test_it_fills_the_screen_and_cuts_no_alert_off(width: int) -> None:
    lines = shown([alert(number) for number in range(30)], width, 40)
    assert len(lines) == 40
    assert lines[-1].startswith("╰")
    whole = "".join(line.strip("│ ") for line in lines)
    begun = [number for number in range(30) if f"25NL{number:012d}" in whole]
    assert begun, "the latest first"
    assert begun[-1] == 29
    assert all(whole.count(f"end{number}") == 3 for number in begun)


def test_the_latest_alert_is_there_though_it_is_longer_than_the_screen() -> None:
    lines = shown([alert(7, reasons=12)], 60, 20)
    assert len(lines) == 20
    assert any("25NL000000000007" in line for line in lines)


def test_before_the_first_alert_it_says_why() -> None:
    assert any("no alert yet" in line for line in shown([], 80, 24))
