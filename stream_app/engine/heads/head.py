"""One supervised head: its risk model, and how much it has learned."""

from stream_app.contracts.assessment import HeadState
from stream_app.engine.heads.groups import LAYOUT
from stream_app.engine.heads.scoring import Finding
from stream_app.engine.settings.learning import RiskHead
from stream_app.learning.compiled import Array
from stream_app.learning.decay import growth
from stream_app.learning.plain import PART
from stream_app.learning.risk import RiskModel

WARM = 0.1
"""Share of a mature head's outcomes from which on it is warming."""


class Head:
    """P(finding) of an item, where a finding is what the head looks for: an irregularity, or a critical one."""

    KEEPS = {"model": PART, "outcomes": int, "findings": int}

    def __init__(self, settings: RiskHead) -> None:
        self._settings = settings
        self.model = RiskModel(LAYOUT, settings.max_keys, settings.strength, settings.prior, settings.learning_rate)
        self.outcomes = 0
        self.findings = 0
        self.state = HeadState("cold", 0)
        """cold: too few outcomes, or no finding; warming; mature. `n`: outcomes learned from."""

    def _maturity(self) -> str:
        wanted = self._settings.mature_outcomes
        if self.outcomes >= wanted and self.findings >= self._settings.mature_findings:
            return "mature"
        return "warming" if self.findings and self.outcomes >= WARM * wanted else "cold"

    def growth(self, at: float) -> float:
        """The fast speed's weight of an outcome at `at`, seconds since 1970."""
        return growth(at, self._settings.fast_half_life_days)

    def finding(self, found: bool, at: float) -> Finding:
        """What a control at `at` found, for `teach_both`."""
        return Finding(self.model, self.growth(at), found)

    def forget(self, groups: Array, finding: bool, at: float, weight: float) -> None:
        """Take an outcome that was learned at `at` out of the rates again."""
        self.model.backoff.forget(groups, finding, self.growth(at), weight)

    def count(self, findings: int, outcomes: int = 1) -> None:
        """One or more outcomes, of however many items."""
        self.outcomes += outcomes
        self.findings += findings
        self.taken_in()

    def taken_in(self) -> None:
        """As mature as what was counted makes it."""
        if self.outcomes:
            self.state = HeadState(self._maturity(), self.outcomes)
