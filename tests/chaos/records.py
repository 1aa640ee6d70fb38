"""Records that are no declarations, among those that are."""

from itertools import cycle

from tests.chaos.case import Case, Scene
from tests.chaos.stage import Sent

EVERY = 100
"""One record in so many is poison."""
POISON: tuple[bytes | None, ...] = (
    None,
    b"",
    b"\x00\xff\xfe\x80",
    b'{"declaration_id": "D-1", ',
    b"[" * 200_000,
    b'{"declaration_id": NaN}',
    b'"declaration"',
    b'{"items": [{"customs_value": 1e999}]}',
    b"{" + b'"k":1,' * 150_000 + b'"k":1}',
    b'{"declaration_id": "\\ud800"}',
)
SHARE = "[breaker]\nshare = 0.02\n"
"""The default of 1 % is what comes here: more than that is to stop a worker."""


def poison(scene: Scene) -> None:
    """One in a hundred; every one of them is to have its receipt and its dead letter, and the others their assessments."""
    sent = poisoned(scene.declarations())
    stage = scene.stage
    stage.start("a")
    flow = stage.flow("declarations", sent)
    stage.until(lambda: flow.done and stage.answered("declarations") >= len(sent))
    stage.settle()
    scene.facts["poison"] = len(sent) - len(scene.declarations())
    scene.facts["dead_letters"] = len(stage.ledger.outputs["declarations_dlq"])
    scene.asks["a dead letter for every poison"] = scene.facts["dead_letters"] >= scene.facts["poison"]


def poisoned(events: list[Sent]) -> list[Sent]:
    kinds, found = cycle(POISON), list[Sent]()
    for number, event in enumerate(events, start=1):
        found.append(event)
        if number % (EVERY - 1) == 0:
            found.append((event[0], next(kinds)))
    return found


CASES = (Case("poison", "1 % of the records is poison", poison, pipeline=SHARE),)
