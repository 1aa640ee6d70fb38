"""What became of the records of one produce run."""

from dataclasses import dataclass, field

from stream_app.client.receipts import ReceivedReceipt

MAX_LISTED = 20
"""Rejections and failures described in the summary; all are counted."""


@dataclass(frozen=True, slots=True, order=True)
class Rejection:
    """A record that the service refused. `line` counts from 1; an error is {"pointer", "code", "message"}."""

    line: int
    errors: tuple[dict[str, str], ...] = field(compare=False)


@dataclass(frozen=True, slots=True)
class Failure:
    """A record that the broker did not confirm."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class ProduceSummary:
    """Counts of records. `sent` were confirmed by the broker, `failed` were not.

    sent = accepted + rejected + duplicate + unanswered if receipts were waited for; else those four are 0. `stopped` says why the run
    gave up before the end; it is empty if every line was sent and, where waited for, answered.
    """

    sent: int = 0
    accepted: int = 0
    rejected: int = 0
    duplicate: int = 0
    unanswered: int = 0
    failed: int = 0
    rejections: tuple[Rejection, ...] = ()
    failures: tuple[Failure, ...] = ()
    stopped: str = ""

    @property
    def clean(self) -> bool:
        """Whether every record was taken by the broker and none refused, unanswered or left behind."""
        return not (self.rejected or self.unanswered or self.failed or self.stopped)


@dataclass(slots=True)
class Tally:
    """The counts while they grow."""

    sent: int = 0
    _statuses: dict[str, int] = field(default_factory=lambda: {"accepted": 0, "rejected": 0, "duplicate": 0})
    _failed: int = 0
    _rejections: list[Rejection] = field(default_factory=list)
    _failures: list[Failure] = field(default_factory=list)

    def answered(self, line: int, receipt: ReceivedReceipt) -> None:
        # Whatever a newer service may call it: what was not taken is for the submitter to look at.
        status = receipt.status if receipt.status in self._statuses else "rejected"
        self._statuses[status] += 1
        if status == "rejected" and len(self._rejections) < MAX_LISTED:
            self._rejections.append(Rejection(line, receipt.errors))

    def failed(self, line: int, error: Exception) -> None:
        self._failed += 1
        if len(self._failures) < MAX_LISTED:
            self._failures.append(Failure(line, f"{type(error).__name__}: {error}"))

    def summary(self, unanswered: int, stopped: str, unconfirmed: int = 0) -> ProduceSummary:
        """`unconfirmed` are the records that the broker still owed an answer for when the run ended."""
        return ProduceSummary(
            sent=self.sent,
            **self._statuses,
            unanswered=unanswered,
            failed=self._failed + unconfirmed,
            rejections=tuple(sorted(self._rejections)),
            failures=tuple(self._failures),
            stopped=stopped,
        )
