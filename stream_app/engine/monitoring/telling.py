"""Figures, drifts, shifts and silences in words: one indicator each."""

from dataclasses import dataclass

from stream_app.contracts.indicator import Cause, Indicator, Interval, Kind, Subject, indicator_id, moment, window
from stream_app.engine.monitoring.figures import HITS_BY_LANE, IRREGULAR_SHARE, PRECISION, Key
from stream_app.engine.monitoring.groups import Groups
from stream_app.engine.monitoring.watch import CAUSES, FEATURES, MEASURES, MISSING, measure_from
from stream_app.learning import drift, shift
from stream_app.learning.intervals import Rate
from stream_app.learning.rhythm import HOUR, Silence

SEGMENT_WORDS = {"all": "", "never_seen": ", of never-seen patterns", "new_trader": ", of new traders"}


@dataclass(frozen=True, slots=True)
class Teller:
    """Who speaks: an input partition (None in a replay), a model and its mode."""

    groups: Groups
    confidence: float
    model: str
    mode: str
    partition: int | None

    def figure(self, key: Key, rate: Rate, begin: float, at: float) -> Indicator:
        """A figure of the feedback as of `at`, with its interval."""
        limits = Interval(_rounded(rate.lower), _rounded(rate.upper), self.confidence)
        between = f"between {rate.lower:.1%} and {rate.upper:.1%} at {self.confidence:.0%} confidence, {rate.n:,.0f} controls"
        text = f"{_measured(key)}{SEGMENT_WORDS[key.segment]}: {rate.value:.1%} ({between})."
        subject = Subject(key.by, key.of, key.segment)
        return self._indicator(Kind.FEEDBACK, key.name, subject, rate.value, rate.n, "share of controls", begin, at, text, interval=limits)

    def alert_rate(self, change: drift.Change, at: float) -> Indicator:
        """A detector alerts more, or less, often than before."""
        subject = Subject("detector", change.name)
        what = f"The detector {change.name} finds {change.after:.1%} of goods items unusual, {change.before:.1%} before"
        return self._drift("alert_rate", subject, change, "share of goods items", what, at)

    def log_loss(self, change: drift.Change, at: float) -> Indicator:
        """A head's probabilities fit the outcomes worse, or better, than before."""
        how = "worse" if change.after > change.before else "better"
        what = f"The head {change.name} fits outcomes {how}: a loss of {change.after:.3f} nats an outcome, {change.before:.3f} before"
        return self._drift("log_loss", Subject("head", change.name), change, "nats an outcome", what, at)

    def head_health(self, head: str, loss: float, n: int, begin: float, at: float) -> Indicator:
        """The loss of a head that has not drifted."""
        text = f"The head {head} loses {loss:.3f} nats an outcome."
        return self._indicator(Kind.HEALTH, "log_loss", Subject("head", head), loss, n, "nats an outcome", begin, at, text)

    def distribution(self, found: shift.Shift, subject: tuple[str, str], at: float) -> Indicator:
        """A field that is filled otherwise than before, in everything that comes in or at one office or submitter."""
        feature = FEATURES[found.feature]
        by, of = ("feature", feature) if subject[0] == "all" else (f"{subject[0]}_feature", f"{feature}/{subject[1]}")
        where = "" if subject[0] == "all" else f" at {subject[0]} {subject[1]}"
        text = f"{feature}{where} is distributed otherwise than before: {self._bin(feature, found)}."
        return self._indicator(
            Kind.DISTRIBUTION, "population_stability", Subject(by, of), found.stability, found.n, "stability index", found.since, at, text
        )

    def silence(self, found: Silence, at: float) -> Indicator:
        """A submitter that should have sent by now."""
        text = f"Submitter {found.sender} has sent nothing for {found.hours} hours, in which it is usually active for {found.expected:.0f}."
        subject = Subject("submitter", found.sender)
        return self._indicator(Kind.SILENCE, "silent_submitter", subject, found.hours, found.expected, "hours", found.since, at, text)

    def back(self, sender: str, hours: int, at: float) -> Indicator:
        """A submitter that had been told as silent, and sends again."""
        text = f"Submitter {sender} sends again after {hours} hours."
        subject = Subject("submitter", sender)
        return self._indicator(Kind.SILENCE, "submitter_back", subject, hours, hours, "hours", at - hours * HOUR, at, text)

    def _drift(self, name: str, subject: Subject, change: drift.Change, unit: str, what: str, at: float) -> Indicator:
        cause = None if change.cause is None else self._cause(change.cause)
        why = (
            "" if cause is None else f"; {cause.share:.0%} of the change is {cause.by} {cause.of} ({cause.before:.3g} before, {cause.after:.3g} now)"
        )
        text = f"{what}{why}."
        return self._indicator(Kind.DRIFT, name, subject, change.after, change.n, unit, change.since, at, text, before=change.before, cause=cause)

    def _cause(self, cause: drift.Cause) -> Cause:
        by = CAUSES[cause.column]
        return Cause(by, self.groups.name(by, cause.group), _rounded(cause.before), _rounded(cause.after), _rounded(cause.share))

    def _bin(self, feature: str, found: shift.Shift) -> str:
        shares = f"{found.share:.1%} of {found.n:,} goods items, {found.share_before:.1%} before"
        if feature not in MEASURES:
            return f"{feature.replace('_', ' ')} {self.groups.name(feature, found.bin)} is {shares}"
        if found.bin == MISSING:
            return f"it is missing in {shares}"
        return f"its median is about {measure_from(found.median):,.4g}, {measure_from(found.median_before):,.4g} before ({found.n:,} goods items)"

    def _indicator(
        self,
        kind: Kind,
        name: str,
        subject: Subject,
        value: float,
        n: float,
        unit: str,
        begin: float,
        at: float,
        text: str,
        *,
        before: float | None = None,
        interval: Interval | None = None,
        cause: Cause | None = None,
    ) -> Indicator:
        when = moment(at)
        return Indicator(
            indicator_id=indicator_id(kind, name, subject, when, self.partition, self.mode),
            kind=kind,
            name=name,
            subject=subject,
            value=_rounded(value),
            before=None if before is None else _rounded(before),
            interval=interval,
            n=round(n, 1),
            unit=unit,
            window=window(begin, at),
            text=text,
            cause=cause,
            at=when,
            partition=self.partition,
            model=self.model,
            mode=self.mode,
        )


def _measured(key: Key) -> str:
    """What a figure of the feedback is the share of."""
    if key.name == PRECISION:
        return f"Selections that were right, by {key.by} {key.of}"
    if key.name == HITS_BY_LANE:
        return f"Controls with a finding, in the lane {key.of}"
    if key.name == IRREGULAR_SHARE:
        return "Goods items with a finding, estimated for all that were scored"
    return "Controls with a finding, in the random sample"


def _rounded(value: float) -> float:
    return round(float(value), 6)
