import asyncio

from stream_app.agents.partitions import Partitions
from stream_app.agents.shares import Sharing
from stream_app.agents.telling import Topics
from stream_app.metrics import Metrics
from stream_app.settings import load_pipeline
from stream_app.state.manifest import Seal
from tests.support.broker import PATIENCE


def test_a_broker_that_takes_the_connection_and_says_nothing_holds_up_no_start_for_ever() -> None:
    """A silent server stands for it; the worker goes on with what was heard, which is nothing, and counts it."""
    metrics, partitions = Metrics(), Partitions(load_pipeline())
    partitions.keep_only([0])

    async def run() -> None:
        async with await asyncio.start_server(lambda *_: asyncio.sleep(60), "127.0.0.1", 0) as server:
            address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
            sharing = Sharing({"bootstrap_servers": address}, Topics("shares", "lessons"), partitions, "on", 60.0, Seal(), metrics, patience=0.2)
            sharing.decide()
            await asyncio.wait_for(sharing.caught_up(), PATIENCE)
            await sharing.stop()

    asyncio.run(run())
    assert metrics.registry.get_sample_value("tidewaiter_shares_refused_total", {"reason": "not_heard"}) == 1
