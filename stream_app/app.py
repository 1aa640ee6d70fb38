"""build_app: settings in, a Faust application out. With agents/ and worker.py, all that imports faust."""

from collections.abc import Iterable
from functools import partial

import faust

from stream_app import __version__
from stream_app.agents import instrument_metrics
from stream_app.agents.application import add_agent, end, faust_app
from stream_app.agents.breaker import RefusalBreaker
from stream_app.agents.challenger import Challenger
from stream_app.agents.checkpoints import Checkpoints, Pace
from stream_app.agents.consumer import FaustGroup
from stream_app.agents.declarations import Declarations
from stream_app.agents.intake import Handler, Intake, Positions
from stream_app.agents.lifecycle import (
    add_announcement,
    add_checkpoints,
    add_housekeeping,
    add_restore,
    add_summary,
    leave,
)
from stream_app.agents.lists import KINDS as LISTS
from stream_app.agents.lists import ListEntries, ListReader, Taker
from stream_app.agents.milestones import Milestones
from stream_app.agents.mirrors import Exports, Gaps, Imports, Mirrors
from stream_app.agents.movements import Contradictions, DeclaredContainers, MovementPartitions, Movements
from stream_app.agents.outcomes import Outcomes
from stream_app.agents.partitions import Partitions
from stream_app.agents.places import Places
from stream_app.agents.restore import Restorer
from stream_app.agents.seizures import SeizureRecords
from stream_app.agents.shares import Sharing
from stream_app.agents.telling import Topics
from stream_app.agents.turns import AfterDeclarations
from stream_app.agents.waiting import WaitingRecords
from stream_app.agents.watching import Watch
from stream_app.brokers.topics import Catalogue
from stream_app.contracts.cloudevents import INTERNAL_TYPES
from stream_app.contracts.decode import Limits
from stream_app.engine.heads.priors import Priors
from stream_app.engine.pipeline import Pipeline
from stream_app.engine.selection import ControlLists
from stream_app.instruments.seizures import Seizures
from stream_app.metrics import Metrics
from stream_app.operations import Health
from stream_app.settings import Settings
from stream_app.state.manifest import Seal
from stream_app.state.topic import CheckpointTopic

INSTRUMENTS_SECONDS = 30.0
LEARNED = ("declarations", "outcomes", "milestones")
"""The inputs that engines learn from; they share keys and partitions."""
MOVED = ("movements", "declared", "contradictions")
"""Those that movement engines learn from; they share theirs."""
MIRRORING = ("exports", "imports")
"""The inputs that mirrors learn from; they share theirs."""


def build_app(settings: Settings, pipeline: Pipeline, metrics: Metrics, health: Health, shadow: Pipeline | None = None) -> faust.App:
    """The service, wired. Nothing connects before the app is started. `shadow`: a challenger."""
    catalogue, limits = settings.catalogue(), pipeline.record_limits()
    held = ControlLists(pipeline.lists.max_entries)
    app, places = faust_app(settings, [catalogue[kind].name for kind in (*LEARNED, *MOVED, *MIRRORING)]), Places()
    seizures, mirrors = Seizures(**pipeline.instruments.seizures.model_dump()), Mirrors(pipeline, settings.worker_id)
    priors = Priors(seizures.risk)
    partitions = Partitions(pipeline, held, shadow, settings.shadow_share, settings.worker_id, priors)
    moving = MovementPartitions(pipeline, settings.worker_id)
    pace = Pace(settings.checkpoint_seconds, settings.checkpoint_records, settings.checkpoint_share)
    checkpoints = _checkpoints(app, settings, catalogue, pace, partitions, metrics)
    moved = _checkpoints(app, settings, catalogue, pace, moving, metrics, "movement_checkpoints", MOVED, "movements-")
    mirrored = _checkpoints(app, settings, catalogue, pace, mirrors, metrics, "mirror_checkpoints", MIRRORING, "mirrors-")
    stopping = partial(leave, [checkpoints, moved, mirrored])
    sharing = _sharing(settings, catalogue, partitions, metrics)
    checkpoints.teller = sharing.teller
    challenger = Challenger(partitions, metrics) if shadow is not None else None
    lists = {kind: ListEntries(kind, held, limits, pipeline.lists, checkpoints.hasten) for kind in LISTS}
    records = SeizureRecords(seizures, limits, metrics, pipeline.version())
    handlers: dict[str, Handler] = {
        "declarations": Declarations(partitions, limits, metrics, challenger, pipeline.instruments.mirror),
        "outcomes": Outcomes(partitions, limits, metrics, challenger),
        "milestones": Milestones(partitions, limits, metrics),
        "movements": Movements(moving, limits, metrics),
        "declared": DeclaredContainers(moving, limits, metrics),
        "contradictions": Contradictions(moving, limits, metrics),
        **_mirroring(mirrors, limits, metrics, pipeline),
        "seizures": records,
        **lists,
    }
    whose: dict[str, Positions] = {kind: mirrors if kind in MIRRORING else partitions if kind in LEARNED else places for kind in handlers}
    whose |= dict.fromkeys(MOVED, moving)
    writing = dict.fromkeys(LEARNED, checkpoints) | dict.fromkeys(MOVED, moved) | dict.fromkeys(MIRRORING, mirrored)
    client = settings.connection().aiokafka()
    watch = Watch(settings.stalled_seconds, WaitingRecords(client, settings.fetch_max_wait_ms), metrics, health)
    for kind, handler in handlers.items():
        breaker = RefusalBreaker(catalogue[kind].name, pipeline.breaker)
        intake = Intake(kind, handler, catalogue, metrics, breaker, internal=kind in INTERNAL_TYPES)
        turn = AfterDeclarations(partitions, catalogue["declarations"].name, partial(end, app)) if kind == "outcomes" else None
        add_agent(app, intake, catalogue[kind].name, whose[kind], metrics, settings, turn, challenger, writing.get(kind), stopping, watch)
    watch.add(app, {catalogue[kind].name: whose[kind] for kind in (*LEARNED, *MOVED, *MIRRORING)})
    followed: dict[str, Taker] = {**lists, "seizures": records, "gaps": Gaps(priors.gaps)}
    reader = ListReader(client, {catalogue[kind].name: taker for kind, taker in followed.items()}, settings.fetch_max_wait_ms)
    again = _again(catalogue, partitions, moving, mirrors, limits, pipeline, challenger is not None)
    writers: dict[Partitions, Checkpoints] = {partitions: checkpoints, moving: moved, mirrors: mirrored}
    restorers = [Restorer(client, settings.group, positions, again[positions], written) for positions, written in writers.items()]
    learned = {catalogue[kind].name: positions for kind, positions in (("declarations", partitions), ("movements", moving), ("exports", mirrors))}
    add_restore(app, restorers, reader, sharing, learned, metrics, health)
    add_checkpoints(app, writers, sharing, settings)
    add_announcement(app, settings, catalogue, pipeline, health)
    add_housekeeping(app, catalogue, whose, [partitions, moving], lists, metrics, health)
    app.timer(INSTRUMENTS_SECONDS)(partial(_tell_instruments, metrics, partitions, mirrors, seizures, priors))
    metrics.build.info({"version": __version__, "model": pipeline.version()})
    if shadow is not None and challenger is not None:
        metrics.challenger.info({"version": __version__, "model": shadow.version()})
        add_summary(app, challenger, settings.shadow_summary_seconds)
    return app


def _mirroring(mirrors: Mirrors, limits: Limits, metrics: Metrics, pipeline: Pipeline) -> dict[str, Handler]:
    """What the mirror learns from, by alias."""
    told = limits, metrics, pipeline.version()
    return {"exports": Exports(mirrors, *told), "imports": Imports(mirrors, *told)}


def _again(
    catalogue: Catalogue, partitions: Partitions, moving: MovementPartitions, mirrors: Mirrors, limits: Limits, pipeline: Pipeline, shadowed: bool
) -> dict[Partitions, dict[str, Handler]]:
    """The handlers of what is learned once more, for restoring, by topic; they count nothing twice."""
    metrics = Metrics()
    challenger = Challenger(partitions, metrics) if shadowed else None
    learned: dict[str, Handler] = {
        "declarations": Declarations(partitions, limits, metrics, challenger),
        "outcomes": Outcomes(partitions, limits, metrics, challenger),
        "milestones": Milestones(partitions, limits, metrics),
    }
    moved: dict[str, Handler] = {
        "movements": Movements(moving, limits, metrics),
        "declared": DeclaredContainers(moving, limits, metrics),
        "contradictions": Contradictions(moving, limits, metrics),
    }
    found: dict[Partitions, dict[str, Handler]] = {partitions: learned, moving: moved, mirrors: _mirroring(mirrors, limits, metrics, pipeline)}
    return {owner: {catalogue[kind].name: handler for kind, handler in handlers.items()} for owner, handlers in found.items()}


def _checkpoints(
    app: faust.App,
    settings: Settings,
    catalogue: Catalogue,
    pace: Pace,
    partitions: Partitions,
    metrics: Metrics,
    alias: str = "checkpoints",
    kinds: Iterable[str] = LEARNED,
    of: str = "",
) -> Checkpoints:
    topic = CheckpointTopic(settings.connection().aiokafka(), catalogue[alias].name, settings.fetch_max_wait_ms)
    seal = Seal(settings.checkpoint_key.get_secret_value().encode())
    inputs = [catalogue[kind].name for kind in kinds]
    return Checkpoints(topic, partitions, inputs, FaustGroup(app), settings.worker_id, pace, seal, metrics, of)


def _sharing(settings: Settings, catalogue: Catalogue, partitions: Partitions, metrics: Metrics) -> Sharing:
    topics = Topics(catalogue["shares"].name, catalogue["lessons"].name)
    seal = Seal(settings.checkpoint_key.get_secret_value().encode())
    client = settings.connection().aiokafka()
    return Sharing(client, topics, partitions, settings.shares, settings.shares_seconds, seal, metrics, settings.fetch_max_wait_ms)


async def _tell_instruments(metrics: Metrics, partitions: Partitions, mirrors: Mirrors, seizures: Seizures, priors: Priors) -> None:
    instrument_metrics.report(metrics, partitions.suites(), mirrors.all(), seizures, priors)
