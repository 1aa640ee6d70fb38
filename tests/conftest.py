"""Fixtures of the whole suite, and how it is shared out among processes."""

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

pytest_plugins = ["tests.support.broker"]

LONGEST = "integration"
"""Begun first: its services mostly wait, and everything else runs beside them."""


class ByFolder(LoadScopeScheduling):
    """A folder of tests, with the brokers, services and worlds that it starts, goes to one process."""

    def _split_scope(self, nodeid: str) -> str:
        return _folder(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFolder:
    """For `-n`."""
    config.option.loadscopereorder = False  # or the folder with the most tests, not the longest, would come first
    return ByFolder(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: _folder(item.nodeid) != LONGEST)


def _folder(nodeid: str) -> str:
    return nodeid.split("/")[1]
