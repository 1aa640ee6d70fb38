"""Which sent records still wait for what. Pure: no broker, no clock."""

from stream_app.client.receipts import ReceivedReceipt


class Ledger:
    """A record is pending (sent, place unknown), then waiting (place known, no receipt), then answered.

    A receipt can be read before the producer has told us where the record went. Such an early receipt is kept until the broker's answers have
    passed its offset; the receipts of other submitters to the same topic go by the same rule. So the size is bounded by what is under way.
    """

    def __init__(self, topic: str) -> None:
        """`topic` is the one that the records go to; receipts for other topics are nobody's here."""
        self._topic = topic
        self._pending = 0
        self._waiting: dict[tuple[int, int], int] = {}
        self._early: dict[tuple[int, int], ReceivedReceipt] = {}
        self._passed: dict[int, int] = {}

    @property
    def pending(self) -> int:
        """Records that the broker has not answered."""
        return self._pending

    @property
    def waiting(self) -> int:
        """Records that the broker has and that have no receipt."""
        return len(self._waiting)

    def __len__(self) -> int:
        return self._pending + len(self._waiting)

    def sent(self) -> None:
        """A record was handed to the producer."""
        self._pending += 1

    def settled(self) -> None:
        """A pending record will get no receipt: the broker did not take it, or nobody waits."""
        self._pending -= 1

    def acknowledged(self, line: int, partition: int, offset: int) -> ReceivedReceipt | None:
        """The broker has the record of `line`; returns its receipt if that came first. Offsets of a partition come in rising order."""
        self._pending -= 1
        self._passed[partition] = offset
        receipt = self._early.pop((partition, offset), None)
        if receipt is None:
            self._waiting[partition, offset] = line
        return receipt

    def answered(self, receipt: ReceivedReceipt) -> int | None:
        """The line that the receipt answers; None if it is not ours, not yet known to be, or a repetition."""
        if receipt.topic != self._topic:
            return None
        place = receipt.partition, receipt.offset
        line = self._waiting.pop(place, None)
        if line is None and self._may_be_ours(receipt):
            self._early[place] = receipt
        return line

    def forget_passed(self) -> None:
        """Drop the early receipts that can no longer be ours. Costs a look at each; call it now and then."""
        self._early = {place: receipt for place, receipt in self._early.items() if self._may_be_ours(receipt)}

    def _may_be_ours(self, receipt: ReceivedReceipt) -> bool:
        return self._pending > 0 and receipt.offset > self._passed.get(receipt.partition, -1)
