"""The measure of spread work, on invented rows: how many workers there are changes nothing, what is shared counts."""

import pytest

from stream_app.engine.pipeline import Pipeline
from tests.bench.cases import Cases
from tests.bench.invented import as_cases, quarter
from tests.bench.partitions import SpreadContender
from tests.bench.policies import EveryRow
from tests.bench.prequential import Run, run


@pytest.fixture(scope="module")
def few() -> Cases:
    """Of seven traders."""
    return as_cases(*quarter(days=16, rows_a_day=8))


def found(of: Cases, partitions: int, workers: int = 1, sharing: bool = True) -> tuple[Run, SpreadContender]:
    spread = SpreadContender(of, Pipeline(), partitions, workers, sharing)
    return run(spread, of, EveryRow()), spread


def test_one_two_and_three_workers_score_alike_to_the_last_bit(few: Cases) -> None:
    runs = [found(few, 3, workers)[0] for workers in (1, 2, 3)]
    for other in runs[1:]:
        assert {head: scores.tobytes() for head, scores in other.heads.items()} == {head: scores.tobytes() for head, scores in runs[0].heads.items()}


def test_a_partition_knows_the_labels_of_all_where_they_are_shared(few: Cases) -> None:
    (_, one), (_, sharing), (_, alone) = found(few, 1), found(few, 3), found(few, 3, sharing=False)
    (whole,) = (engine.heads.non_compliance.outcomes for engine in one.engines)
    own = [engine.heads.non_compliance.outcomes for engine in alone.engines]
    sharing.next_day()
    assert whole > 0
    assert sum(own) == whole
    assert max(own) < whole
    assert [engine.heads.non_compliance.outcomes for engine in sharing.engines] == [whole] * 3
