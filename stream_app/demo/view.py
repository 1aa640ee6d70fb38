"""The terminal view: figures on top, the latest alerts in plain words below."""

from typing import Any

from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

STYLES = {"critical": "bold white on red", "high": "bold red", "medium": "yellow", "low": "cyan"}


def alert_text(alert: dict[str, Any]) -> Text:
    """One alert as an officer reads it: what, how sure, and why."""
    severity = alert["severity"]
    text = Text()
    text.append(f" {severity.upper()} ", style=STYLES[severity])
    text.append(f"  score {alert['score']:.0f}", style="bold")
    text.append(f"  {alert['lane']} lane  declaration {alert['declaration_id']}, item {alert['item_number']}: ")
    text.append(f"HS {alert['hs_code']} from {alert['origin_country']}", style="bold")
    text.append(f"  office {alert['office']}", style="dim")
    if alert["maturity"] != "mature":
        text.append(f"  ({alert['maturity']}: still learning)", style="italic dim")
    for reason in alert["reasons"]:
        text.append("\n   · ", style="dim")
        text.append(reason["text"])
    return text


def screen(figures: dict[str, str], severities: dict[str, int], alerts: list[dict[str, Any]], height: int) -> RenderableType:
    """The whole view, with as many of the latest alerts as fit into `height` lines."""
    shown: list[Text] = []
    room = max(4, height - 8)
    for alert in reversed(alerts):
        room -= 2 + len(alert["reasons"])
        if room < 0 and shown:
            break
        shown.append(alert_text(alert))
    body = Group(*(line for text in shown for line in (text, Text()))) if shown else Text("no alert yet: learning what is usual", style="dim")
    return Group(
        Panel(_figures(figures, severities), title="Tidewaiter", border_style="blue"), Panel(body, title="latest alerts", border_style="blue")
    )


def _figures(figures: dict[str, str], severities: dict[str, int]) -> RenderableType:
    table = Table.grid(padding=(0, 3))
    for name, value in figures.items():
        table.add_row(Text(name, style="dim"), Text(value, style="bold", justify="right"))
    by_severity = Table.grid(padding=(0, 3))
    for name, style in STYLES.items():
        by_severity.add_row(Text(name, style=style), Text(f"{severities.get(name, 0):,}", justify="right"))
    return Columns([table, by_severity], padding=(0, 8))
