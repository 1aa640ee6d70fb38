"""Declarations that containers contradict: each with its own alert, the findings that stand against it, and the number of its last revision."""

from typing import Any

from msgspec import DecodeError, Struct
from msgspec.msgpack import Decoder, Encoder

from stream_app.contracts.assessment import deterministic_id
from stream_app.contracts.contradiction import Contradiction
from stream_app.engine.alerts import LANES, POINTS_PER_DECADE
from stream_app.engine.panel import MAX_REASONS
from stream_app.learning.plain import Table
from stream_app.learning.table import BoundedTable

SEVERITIES = ("low", "medium", "high", "critical")
CONTRADICTED = "mandatory:rule"
"""Why a declaration is selected that nothing else had selected."""
MAX_FINDINGS = 64
"""Findings remembered of one declaration: the strongest ones."""
NUMBERS = 10
"""Numbers of last revisions are remembered of so many times as many declarations as cases are: those must not begin anew."""


class Case(Struct, array_like=True):
    """One declaration. `alert` is its own, without any finding; `typology` that of the first finding, where it had no alert."""

    version: int
    alert: dict[str, Any]
    revision: int
    typology: str
    findings: dict[str, Contradiction] = {}

    def put(self, finding: Contradiction) -> bool:
        """Whether that makes a difference: what is told again does not."""
        held = self.findings.pop(finding.finding_id, None)
        if not finding.standing:
            return held is not None
        self.findings[finding.finding_id] = finding
        if len(self.findings) > MAX_FINDINGS:
            del self.findings[min(self.findings, key=lambda one: (self.findings[one].score, one))]
        return held != finding

    def amend(self, version: int, alert: dict[str, Any], typology: str) -> None:
        """The alert of a later version has another id, and its own numbers."""
        self.version, self.alert, self.revision, self.typology = version, alert, alert["revision"], typology


class Revisions:
    """Makes the revisions of declarations' alerts: all findings about one declaration meet here, whatever container they are of, so that numbers
    only rise, and a revision has every finding that stands and is remembered. The declaration that was contradicted least recently is forgotten
    first, with its findings; the number of its last revision is kept for longer."""

    KEEPS = {"_cases": Table(str, bytes), "_numbers": Table(str, tuple[int, int, str])}

    def __init__(self, max_declarations: int = 20_000) -> None:
        self._cases: BoundedTable[str, bytes] = BoundedTable(max_declarations)
        self._numbers: BoundedTable[str, tuple[int, int, str]] = BoundedTable(NUMBERS * max_declarations)
        self._pack = Encoder().encode
        self._unpack = Decoder(Case).decode

    def revise(self, finding: Contradiction) -> dict[str, Any] | None:
        """The declaration's alert as it is now; None where it is as it was. Raises LookupError or TypeError for an alert that is none."""
        packed = self._cases.get(finding.declaration_id)
        case = self._opened(finding) if packed is None else self._unpack(packed)
        if case is None:
            return None
        if finding.alert is not None and finding.version > case.version:
            case.amend(finding.version, finding.alert, finding.typology)
        if not case.put(_without_alert(finding)):
            return None
        case.revision += 1
        alert = alert_of(case)
        self._cases.put(finding.declaration_id, self._pack(case))
        self._numbers.put(finding.declaration_id, (case.version, case.revision, case.typology))
        return alert

    def _opened(self, finding: Contradiction) -> Case | None:
        if finding.alert is None or not finding.standing:
            return None
        version, revision, typology = self._numbers.get(finding.declaration_id) or (0, 0, "")
        if version != finding.version:
            return Case(finding.version, finding.alert, finding.alert["revision"], finding.typology)
        return Case(version, finding.alert, max(revision, finding.alert["revision"]), typology)

    def taken_in(self) -> None:
        """Raises ValueError for what is no such case."""
        try:
            for packed in self._cases.values():
                self._unpack(packed)
        except (DecodeError, RecursionError):
            raise ValueError("holds what is no contradicted declaration") from None

    @property
    def size(self) -> tuple[int, int]:
        """Declarations held, declarations forgotten."""
        return len(self._cases), self._cases.forgotten


def alert_of(case: Case) -> dict[str, Any]:
    """The declaration's own alert, with what stands against it on top, and no less severe than either. With nothing left it is as the declaration
    itself was judged; an alert that there was none of without findings is then of no lane but the declaration's own."""
    own = case.alert
    # Strongest first, and of one strength in the order of their ids: not in that of their coming.
    standing = sorted(case.findings.values(), key=lambda one: (-one.score, one.finding_id))
    told = [reason for one in standing for reason in one.reasons]
    alert = own | {
        "revision": case.revision,
        "reasons": _once([*told, *own["reasons"]])[:MAX_REASONS],
        "score": max([own["score"], *(one.score for one in standing)]),
        "severity": max([own["severity"], *(one.severity for one in standing)], key=SEVERITIES.index),
        "lane": max([own["lane"], *(one.lane for one in standing)], key=LANES.index),
    }
    alert["percentile"] = round(100.0 * (1.0 - 10 ** (-alert["score"] / POINTS_PER_DECADE)), 4)
    if not own["revision"]:
        alert["typology"] = case.typology
        alert["alert_id"] = deterministic_id("alert", own["declaration_id"], case.version, case.typology)
        alert["items_alerted"] = [own["item_number"]]
        if standing:
            alert["selection"] = own["selection"] | {"reason": CONTRADICTED, "propensity": 1.0}
    return alert


def _once(reasons: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [reason for place, reason in enumerate(reasons) if reason not in reasons[:place]]


def _without_alert(finding: Contradiction) -> Contradiction:
    return Contradiction(**{field: getattr(finding, field) for field in finding.__struct_fields__} | {"alert": None})
