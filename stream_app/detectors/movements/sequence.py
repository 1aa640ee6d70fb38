"""Steps and places that do not follow each other: the container that is loaded before it came in, or comes from where nobody comes.

First-order Markov, backing off from the kind of place to all steps. Misses: a false step that leaves the order of the others as it is.
"""

from stream_app.contracts.assessment import Reason
from stream_app.detectors.movements.base import Move, MovementDetector, group_code, group_codes
from stream_app.explain.reasons import reason, step
from stream_app.learning.compiled import Array
from stream_app.learning.hashed import HashedTable
from stream_app.learning.transitions import Followed, Transitions

START = "start"
LOAD_STATES = {True: "laden", False: "empty", None: "-"}


class Sequence(MovementDetector):
    """The surprise of the step's type after the one before it, above what that usually surprises by."""

    weight = 0.001
    quiet = 6.0

    def __init__(self, max_keys: int = 50_000) -> None:
        self.max_keys = max_keys
        self._steps = Transitions(max_keys)

    def score_one(self, x: Move) -> float | None:
        return self._followed(x).excess

    def learn_one(self, x: Move) -> None:
        self._steps.learn(_contexts(x), group_code("event", x.step.type), x.growth)

    def explain_one(self, x: Move) -> list[Reason]:
        """What came before, and how often this came behind it."""
        followed = self._followed(x)
        if followed.level < 0:
            return []
        levels = _levels(x)
        path = [step(*levels[followed.level], n=followed.n, value=followed.both / followed.n if followed.n else None)]
        return [reason("sequence", "sequence", actual=x.step.type, path=path, impact=followed.excess, details={"both": round(followed.both, 1)})]

    def _followed(self, x: Move) -> Followed:
        return self._steps.followed(_contexts(x), group_code("event", x.step.type), x.growth)

    @property
    def tables(self) -> tuple[HashedTable, ...]:
        return (self._steps.table,)


def _levels(x: Move) -> tuple[tuple[str, ...], ...]:
    """Narrowest first."""
    last, here = x.previous, x.step
    before = last.type if last else START
    stays = "-" if last is None else "here" if last.location == here.location else "elsewhere"
    return (
        ("after_step_at", before, here.location or "-", stays),
        ("after_step_facility", before, here.facility_type or "-", stays),
        ("after_step", before, stays),
    )


def _contexts(x: Move) -> Array:
    """Worked out once a step."""
    if "sequence" not in x.asked:
        x.asked["sequence"] = group_codes(*_levels(x))
    found: Array = x.asked["sequence"]
    return found
