"""Worlds of voyages are counted together."""

import orjson
import pytest
from click.testing import CliRunner

from tests.bench.confusion import confusion
from tests.bench.evaluate import evaluate
from tests.bench.moving import add


def line(name: str, *typologies: str) -> dict[str, object]:
    return {"equipment_id": name, "typologies": [*typologies], "alerted": bool(typologies), "alerts": [f"{name}-alert"] if typologies else []}


def test_the_containers_of_two_worlds_are_added() -> None:
    first = confusion([line("A", "dwell"), line("B"), line("C", "dwell")], [{"equipment_id": "A", "scheme": "unexplained_stop"}])
    second = confusion([line("A"), line("D")], [{"equipment_id": "A", "scheme": "unexplained_stop"}])
    add(first, second)
    # One of two stops found, one of two dwell alerts right, one of three clean containers alerted.
    assert first.recall("unexplained_stop") == first.precision("dwell") == 0.5
    assert first.false_per_thousand() == pytest.approx(1000 / 3)


def test_the_command_tells_movements_with_and_without_congestion_and_bad_papers() -> None:
    result = CliRunner().invoke(evaluate, ["--part", "movements", "--world-seed", "7", "--days", "12", "--json"])
    assert result.exit_code == 0, result.output
    told = orjson.loads(result.output.splitlines()[-1])
    for part in (told["movements"], told["movements_congested"], told["movements_honest"]):
        assert part["clean"] > 100
        assert {"seal_swap", "detour"} <= set(part["schemes"])
        assert len(part["false_per_thousand_by_world"]) == 1
