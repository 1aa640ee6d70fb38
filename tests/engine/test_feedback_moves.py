"""What feedback and drift find moves the engine: the heads' shares of the top-up, and how fast they forget."""

from math import nan

from stream_app.contracts.assessment import Selection
from stream_app.contracts.outcome import Outcome
from stream_app.engine.engine import Engine
from stream_app.engine.pipeline import Pipeline
from stream_app.engine.settings.watching import Feedback
from stream_app.learning.backoff import URGE
from tests.engine.monitoring.support import BY_ANOMALY, START, Desk
from tests.support.goods import declaration_document, decode

BOTH = ("anomaly", "non_compliance")
RARE = [9.0, 0.9, nan, nan]


def test_after_a_period_a_head_that_was_right_more_often_finds_the_same_item_rarer() -> None:
    engine = Engine(Pipeline(feedback=Feedback(half_life_days=36_500)))
    for number in range(400):
        engine.selector.ranks.learn([number / 100, number / 1_000, nan, nan])
    before = engine.selector.ranks.best(RARE, BOTH).p
    desk = Desk()
    for number in range(300):
        head = BOTH[number % 2]
        desk.scored(f"D{number}", Selection(f"score:{head}", 1.0, False, None, None))
        desk.outcome(f"D{number}", irregular=head == "anomaly")
    engine.monitor = desk.monitor
    engine.process(decode(declaration_document("NEXT", lodged_at="2026-03-05T00:00:00Z"), START + 3 * 86_400))
    after = engine.selector.ranks.best(RARE, BOTH)
    assert after.p < before
    assert after.head == "anomaly"


def test_a_head_that_fits_outcomes_worse_trusts_recent_ones_more() -> None:
    desk = Desk()
    for number in range(1_200):
        irregular = number % 4 < 2
        desk.scored(f"D{number}", BY_ANOMALY, probability=0.9 if irregular == (number < 800) else 0.1)
        desk.outcome(f"D{number}", irregular)
    engine = Engine(Pipeline())
    engine.monitor = desk.monitor
    urges = engine.heads.non_compliance.model.backoff.settings
    assert urges[URGE] == 0.0
    engine.process(decode(declaration_document("NEXT", lodged_at="2026-03-05T00:00:00Z"), START + 3 * 86_400))
    assert urges[URGE] == 0.0
    at = START + 4 * 86_400
    engine.learn_outcome(Outcome("O", "NEXT", "T-1", 1, "physical", "risk", True, False, "", at))
    assert urges[URGE] > 0.0
