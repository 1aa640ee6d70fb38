from hypothesis import given
from hypothesis import strategies as st

from stream_app.client.ledger import Ledger
from stream_app.client.receipts import ReceivedReceipt, parse_receipt


def receipt(offset: int, partition: int = 0, topic: str = "t") -> ReceivedReceipt:
    return ReceivedReceipt(topic, partition, offset, "accepted")


def test_a_receipt_after_the_acknowledgement_finds_its_line() -> None:
    ledger = Ledger("t")
    ledger.sent()
    assert ledger.acknowledged(line=7, partition=0, offset=3) is None
    assert (ledger.pending, ledger.waiting) == (0, 1)
    assert ledger.answered(receipt(3)) == 7
    assert len(ledger) == 0


def test_a_receipt_before_the_acknowledgement_is_kept_for_it() -> None:
    ledger = Ledger("t")
    ledger.sent()
    early = receipt(3)
    assert ledger.answered(early) is None
    ledger.forget_passed()
    assert ledger.acknowledged(line=7, partition=0, offset=3) is early
    assert len(ledger) == 0


def test_a_repeated_receipt_and_one_for_another_topic_count_nothing() -> None:
    ledger = Ledger("t")
    ledger.sent()
    ledger.acknowledged(line=7, partition=0, offset=3)
    assert ledger.answered(receipt(3, topic="u")) is None
    assert ledger.answered(receipt(3)) == 7
    assert ledger.answered(receipt(3)) is None


def test_receipts_of_other_submitters_are_forgotten_once_passed() -> None:
    ledger = Ledger("t")
    ledger.sent()
    ledger.sent()
    for offset in range(1_000):
        ledger.answered(receipt(offset))
    ledger.acknowledged(line=1, partition=0, offset=1_000)
    ledger.forget_passed()
    assert ledger._early == {}
    ledger.answered(receipt(2_000))
    ledger.settled()
    ledger.forget_passed()
    assert ledger._early == {}


@given(st.data())
def test_every_line_is_answered_once_whatever_the_interleaving(data: st.DataObject) -> None:
    """Acknowledgements come in offset order per partition; receipts in any order, once each; others' receipts in between."""
    places = data.draw(st.lists(st.integers(0, 2), max_size=30))
    ours = data.draw(st.lists(st.booleans(), min_size=len(places), max_size=len(places)))
    offsets = [places[:n].count(partition) for n, partition in enumerate(places)]
    lines = {(partition, offset): n for n, (partition, offset) in enumerate(zip(places, offsets, strict=True)) if ours[n]}
    steps = [("ack", place) for place in lines] + [("receipt", place) for place in zip(places, offsets, strict=True)]
    order = data.draw(st.permutations(steps))
    acks = iter(sorted((place for kind, place in steps if kind == "ack"), key=lambda place: place[1]))
    ledger = Ledger("t")
    for _ in lines:
        ledger.sent()
    found: list[int] = []
    for kind, place in order:
        if kind == "ack":
            partition, offset = next(acks)
            line = lines[partition, offset]
            if ledger.acknowledged(line, partition, offset) is not None:
                found.append(line)
            ledger.forget_passed()
        elif (line_or_none := ledger.answered(receipt(place[1], place[0]))) is not None:
            found.append(line_or_none)
    assert sorted(found) == sorted(lines.values())
    assert len(ledger) == 0


def test_what_is_no_receipt_is_none() -> None:
    for value in (None, b"", b"{}", b"[]", b"1", b'{"topic": "t", "partition": 0, "offset": "x", "status": "accepted"}'):
        assert parse_receipt(value) is None
    assert parse_receipt(b'{"topic": "t", "partition": 1, "offset": 2, "status": "accepted", "new": 1}') == ReceivedReceipt("t", 1, 2, "accepted")
