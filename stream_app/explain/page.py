"""An alert as an officer reads it in a terminal: what, how sure, why, compared with whom, what speaks for it, and what it does not say."""

from collections.abc import Iterable, Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from stream_app.contracts.assessment import Alert, Reason
from stream_app.explain.picture import picture
from stream_app.explain.strip import strip
from stream_app.explain.texts import Catalogue

STYLES = {"critical": "bold white on red", "high": "bold red", "medium": "yellow", "low": "cyan"}
HEADS = ("anomaly", "non_compliance", "critical", "revenue_at_risk")
CONSIGNMENT = (
    *("alert_id", "revision", "declaration_id", "version", "item_number", "lodged_at", "office"),
    *("hs_code", "origin_country", "departure_country"),
)
"""What the headings may say of an alert: no party."""
FEW_PEERS = 10
STRIP_WIDTH = 64
INDENT = (0, 0, 0, 4)


class Page:
    """Renders alerts in one language, with or without the plot of each value within its peers."""

    def __init__(self, catalogue: Catalogue, plots: bool) -> None:
        self._catalogue = catalogue
        self._plots = plots

    def render(self, alert: Alert) -> RenderableType:
        spoken = (said(reason, self._catalogue) for reason in alert.counter_evidence)
        return Group(
            *self._heading(alert),
            *self._section("heads", [self._heads(alert)]),
            *self._section("reasons", self._reasons(alert.reasons)),
            *self._section("counter_evidence", self._bullets(spoken)),
            *self._section("gaps", self._bullets(self._gaps(alert))),
            *self._section("claims", self._bullets(self._claims(alert))),
        )

    def _heading(self, alert: Alert) -> Iterator[Text]:
        say = self._catalogue.text
        headline = Text(f" {say('severities', alert.severity).upper()} ", style=STYLES[alert.severity])
        yield headline.append("  " + say("page", "declaration", **_fields(alert)), style="bold not red")
        yield Text(f" {say('page', 'goods', **_fields(alert))}; {say('page', 'lodged', **_fields(alert))}")
        yield Text(f" {say('lanes', alert.lane)}; {say('page', 'score', score=alert.score, share=alert.percentile / 100)}")
        yield Text(f" {say('page', 'about', typology=alert.typology)}; {say('modes', alert.mode)}")
        if others := [f"{number}" for number in alert.items_alerted if number != alert.item_number]:
            yield Text(" " + say("page", "also", items=", ".join(others)))
        yield Text(" " + say("page", "alert", **_fields(alert)), style="dim")

    def _heads(self, alert: Alert) -> Table:
        table = Table.grid(padding=(0, 3))
        for name in HEADS:
            value = getattr(alert.heads, name)
            if value is None:
                table.add_row(f"   {self._catalogue.term(name)}", self._catalogue.text("heads", "silent"), "", style="dim")
            else:
                told, maturity = self._catalogue.text("heads", name, value=value), self._catalogue.text("maturities", alert.maturity)
                table.add_row(Text(f"   {self._catalogue.term(name)}", style="bold"), told, Text(maturity, style="dim"))
        return table

    def _reasons(self, reasons: list[Reason]) -> list[RenderableType]:
        found: list[RenderableType] = []
        for place, reason in enumerate(reasons, start=1):
            fields = {"peer_group": self._catalogue.peer_group(reason), "n_peer": reason.n_peer, "impact": round(reason.impact, 1)}
            found.append(_hanging(f" {place}.", said(reason, self._catalogue), "bold"))
            found.append(Padding(Text(self._catalogue.text("page", "against", **fields), style="dim"), INDENT))
            if self._plots and (seen := picture(reason)):
                found.append(Padding(strip(seen, self._catalogue, STRIP_WIDTH), INDENT))
            if any(step.value is not None for step in reason.path):
                found.append(Padding(self._path(reason), INDENT))
            found.append(Text())
        return [*found, self._line("nats")] if found else []

    def _path(self, reason: Reason) -> Table:
        say = self._catalogue.text
        table = Table(box=None, padding=(0, 3, 0, 0), header_style="dim")
        table.add_column(say("page", "group"))
        for name in ("n", "value", "estimate"):
            table.add_column(say("page", name), justify="right")
        for step in reason.path:
            figures = [Text("" if value is None else shown(reason, value, self._catalogue)) for value in (step.value, step.estimate)]
            compared = step.group == reason.peer_group
            note = Text("◂ " + say("page", "compared"), style="dim") if compared and len(reason.path) > 1 else Text()
            table.add_row(Text(self._catalogue.step(step)), Text(self._catalogue.count(step.n)), *figures, note, style="bold" if compared else "")
        return table

    def _gaps(self, alert: Alert) -> Iterator[str]:
        for kind, names in (("missing", alert.missing), ("failed", alert.failed)):
            yield from (self._catalogue.text("page", kind, name=name) for name in names)

    def _claims(self, alert: Alert) -> Iterator[str]:
        say = self._catalogue.text
        yield say("claims", "no_finding")
        yield say("claims", "no_probability")
        if any(reason.lower is not None for reason in alert.reasons):
            yield say("claims", "peers_declared")
        if alert.heads.non_compliance is not None:
            yield say("claims", "controlled_only")
        if alert.reasons and alert.reasons[0].n_peer < FEW_PEERS:
            yield say("claims", "few_peers", n=alert.reasons[0].n_peer)

    def _section(self, name: str, body: list[RenderableType]) -> list[RenderableType]:
        """A heading, and below it the body, or that there is nothing to say."""
        return [Text("\n" + self._catalogue.text("page", name), style="bold underline"), *(body or [self._line(f"no_{name}")])]

    @staticmethod
    def _bullets(texts: Iterable[str]) -> list[RenderableType]:
        return [_hanging(" ·", text) for text in texts]

    def _line(self, name: str) -> Text:
        return Text("   " + self._catalogue.text("page", name), style="dim")


def said(reason: Reason, catalogue: Catalogue) -> str:
    """The reason in the catalogue's language; as the alert has it where its code is not known (a later release sent it)."""
    try:
        return catalogue.reason(reason)
    except (KeyError, ValueError):
        return reason.text


def shown(reason: Reason, value: float, catalogue: Catalogue) -> str:
    """A value of the reason's path: an amount in its unit, or a rate."""
    return catalogue.text("steps", reason.code if catalogue.has("steps", reason.code) else "any", value=value)


def _fields(alert: Alert) -> dict[str, object]:
    names = (
        "alert_id",
        "revision",
        "declaration_id",
        "version",
        "item_number",
        "hs_code",
        "origin_country",
        "departure_country",
        "lodged_at",
        "office",
    )
    return {name: getattr(alert, name) for name in names}


def _hanging(mark: str, text: str, style: str = "") -> Table:
    """A paragraph whose lines begin below each other, behind a mark."""
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_row(Text(mark, style="dim"), Text(text, style=style))
    return grid
