"""The terminal view: figures on top, the latest alerts in plain words below."""

from typing import Any

from rich.columns import Columns
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

STYLES = {"critical": "bold white on red", "high": "bold red", "medium": "yellow", "low": "cyan"}

FRAME, LEAST_ROOM = 2, 4
"""Lines, or columns a side, that a panel's frame takes; lines that alerts have however low the screen is."""


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


def screen(figures: dict[str, str], severities: dict[str, int], alerts: list[dict[str, Any]], console: Console) -> RenderableType:
    """The whole view, with as many of the latest alerts as fit on the screen, lines that are wrapped included; the latest one in any case."""
    head = Panel(_figures(figures, severities), title="Tidewaiter", border_style="blue")
    room = max(LEAST_ROOM, console.height - len(console.render_lines(head)) - FRAME)
    inside = console.options.update_width(console.width - 2 * FRAME)
    shown, left = list[Text](), room
    for alert in reversed(alerts):
        text = alert_text(alert)
        left -= len(console.render_lines(text, inside)) + bool(shown)
        if left < 0 and shown:
            break
        shown += [Text(), text] if shown else [text]
    body = Group(*shown) if shown else Text("no alert yet: learning what is usual", style="dim")
    return Group(head, Panel(body, title="latest alerts", border_style="blue", height=room + FRAME))


def _figures(figures: dict[str, str], severities: dict[str, int]) -> RenderableType:
    table = Table.grid(padding=(0, 3))
    for name, value in figures.items():
        table.add_row(Text(name, style="dim"), Text(value, style="bold", justify="right"))
    by_severity = Table.grid(padding=(0, 3))
    for name, style in STYLES.items():
        by_severity.add_row(Text(name, style=style), Text(f"{severities.get(name, 0):,}", justify="right"))
    return Columns([table, by_severity], padding=(0, 8))
