"""The benchmark on a few hundred items: that it counts right, and that both sides see the same records."""

import pytest

from stream_app.bench.memory import Sample, days_for, growth_percent, measure
from stream_app.bench.race import draw_blocks, run
from stream_app.bench.sides import StagedTidewaiter, StockRiver, Tidewaiter
from stream_app.engine.pipeline import Pipeline
from stream_app.simulate import WorldConfig, simulate

EVENTS = list(simulate(WorldConfig(seed=3, days=2, declarations_per_day=120)))[:250]
BLOCK = [(event.kind == "declarations", event.value) for event in EVENTS]
NOW = EVENTS[-1].at


def test_all_sides_count_the_same_goods_items_and_refuse_the_same_records() -> None:
    ours, theirs, lean = Tidewaiter(Pipeline(), NOW), StockRiver(Pipeline(), NOW), StockRiver(Pipeline(), NOW, drop_zeros=True)
    counts = {run(side, BLOCK) for side in (ours, theirs, lean)}
    items = sum(body.count(b'"item_number":') for is_declaration, body in BLOCK if is_declaration)
    assert counts == {items}
    assert ours.refused == theirs.refused == lean.refused == 0


def test_the_watch_on_the_stages_counts_like_the_run_and_sees_every_stage() -> None:
    staged = StagedTidewaiter(Tidewaiter(Pipeline(), NOW), Pipeline())
    assert run(staged, BLOCK) == run(Tidewaiter(Pipeline(), NOW), BLOCK)
    assert all(seconds > 0 for seconds in staged.stages.values())


def test_blocks_hold_at_least_the_items_asked_for() -> None:
    blocks, now = draw_blocks(400, 2)
    sizes = [sum(body.count(b'"item_number":') for is_declaration, body in block if is_declaration) for block in blocks]
    assert len(blocks) == 3
    assert sizes[0] >= 6_000
    assert all(400 <= size < 500 for size in sizes[1:])
    assert run(Tidewaiter(Pipeline(), now), blocks[1]) == sizes[1]


def test_growth_is_the_end_against_half_way() -> None:
    samples = [Sample(items, rss, {}) for items, rss in ((1, 50.0), (250, 90.0), (500, 100.0), (750, 104.0), (1_000, 105.0))]
    assert growth_percent(samples) == pytest.approx(5.0)


def test_the_memory_run_counts_in_a_process_of_its_own_and_takes_a_snapshot() -> None:
    report = measure(1_000)
    assert report.items >= 1_000
    assert report.peak_mb >= report.start_mb > 50
    assert report.tables_at_half.keys() == report.tables_at_end.keys() >= {"unit_value", "novelty", "awaiting_outcome"}
    assert all(report.tables_at_half[name] <= held for name, held in report.tables_at_end.items())
    assert 0.1 < report.snapshot["mb"] < 20


def test_the_world_of_the_memory_run_brings_enough_items() -> None:
    assert days_for(1_000_000) * 5_400 > 1_000_000
