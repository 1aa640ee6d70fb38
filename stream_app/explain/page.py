"""An alert as an officer reads it in a terminal: what, how sure, why, compared with whom, what speaks for it, and what it does not say."""

from collections.abc import Iterable, Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from stream_app.contracts.assessment import Alert
from stream_app.explain import wording
from stream_app.explain.evidence import evidence, hanging
from stream_app.explain.texts import Catalogue

STYLES = {"critical": "bold white on red", "high": "bold red", "medium": "yellow", "low": "cyan"}
HEADS = ("anomaly", "non_compliance", "critical", "revenue_at_risk")
CONSIGNMENT = (
    *("alert_id", "revision", "declaration_id", "version", "item_number", "lodged_at", "office"),
    *("hs_code", "origin_country", "departure_country"),
)
"""What the headings may say of an alert: no party."""
FEW_PEERS = 10


class Page:
    """Renders alerts in one language, with or without the plot of each value within its peers."""

    def __init__(self, catalogue: Catalogue, plots: bool) -> None:
        self._catalogue = catalogue
        self._plots = plots

    def render(self, alert: Alert) -> RenderableType:
        spoken = (wording.said(self._catalogue, reason) for reason in alert.counter_evidence)
        return Group(
            *self._heading(alert),
            *self._section("heads", [self._heads(alert)]),
            *self._section("reasons", evidence(alert.reasons, self._catalogue, self._plots)),
            *self._section("counter_evidence", self._bullets(spoken)),
            *self._section("gaps", self._bullets(self._gaps(alert))),
            *self._section("claims", self._bullets(self._claims(alert))),
        )

    def _heading(self, alert: Alert) -> Iterator[Text]:
        say = self._catalogue.text
        severity = f" {say('severities', alert.severity).upper()} "
        yield Text.assemble((severity, STYLES[alert.severity]), ("  " + say("page", "declaration", **_fields(alert)), "bold"))
        yield Text(f" {say('page', 'goods', **_fields(alert))}; {say('page', 'lodged', **_fields(alert))}")
        yield Text(f" {say('lanes', alert.lane)}; {say('page', 'score', score=alert.score, share=alert.percentile / 100)}")
        yield Text(f" {say('page', 'about', typology=alert.typology)}; {say('modes', alert.mode)}")
        kind, _, which = (alert.selection.reason or "").partition(":")
        if self._catalogue.has("selections", kind):
            yield Text(" " + say("selections", kind, which=which, propensity=alert.selection.propensity))
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
                told, maturity = (
                    self._catalogue.text("heads", name, value=value),
                    self._catalogue.text("maturities", alert.head_states[name].maturity),
                )
                table.add_row(Text(f"   {self._catalogue.term(name)}", style="bold"), told, Text(maturity, style="dim"))
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
        return [hanging(" ·", text) for text in texts]

    def _line(self, name: str) -> Text:
        return Text("   " + self._catalogue.text("page", name), style="dim")


def _fields(alert: Alert) -> dict[str, object]:
    return {name: getattr(alert, name) for name in CONSIGNMENT}
