"""Pieces of the page. Everything that comes from records is escaped here, and only here."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

SHORT = 20
"""Characters that stay on one line."""
NOTHING = "\N{EN DASH}"


def table(headings: Sequence[str], rows: Iterable[Sequence[Any]], caption: str = "") -> str:
    """Numbers and their headings stand to the right. "" where there are no rows."""
    shown = [[_cell(value) for value in row] for row in rows]
    if not shown:
        return ""
    lines = "".join(f"<tr>{''.join(row)}</tr>" for row in shown)
    kinds = [' class="n"' if any(cell.startswith('<td class="n">') for cell in column) else "" for column in zip(*shown, strict=True)]
    head = "".join(f"<th{kind}>{escape(heading)}</th>" for kind, heading in zip(kinds, headings, strict=True))
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    return f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>"


def tiles(figures: Iterable[tuple[str, Any]]) -> str:
    """Large figures with what they are."""
    shown = "".join(f"<div><b>{escape(text(value))}</b><span>{escape(name)}</span></div>" for name, value in figures)
    return f'<div class="tiles">{shown}</div>'


def paragraph(words: str, kind: str = "") -> str:
    return f'<p class="{kind}">{escape(words)}</p>' if kind else f"<p>{escape(words)}</p>"


def plot(svg: str) -> str:
    return f"<figure>{svg}</figure>" if svg else ""


def text(value: Any) -> str:
    """A figure as people read it."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:,.3g}" if abs(value) < 10 else f"{value:,.1f}"
    return str(value)


def percent(share: float | None, digits: int = 1) -> str:
    return NOTHING if share is None else f"{share:.{digits}%}"


def words(name: str) -> str:
    return name.replace("_", " ")


def _cell(value: Any) -> str:
    shown = text(value)
    is_number = isinstance(value, int | float) or shown == NOTHING or shown.rstrip("%").replace(",", "").replace(".", "").lstrip("-").isdigit()
    return f'<td class="n">{escape(shown)}</td>' if is_number else f"<td{' class=s' if len(shown) <= SHORT else ''}>{escape(shown)}</td>"
