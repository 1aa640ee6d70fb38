"""Fixtures of the whole suite, and how it is shared out among processes."""

import pytest

pytest_plugins = ["tests.support.broker"]

FIRST = ("integration", "broker")
"""What takes longest is begun first, and beside each other: the services, and all else that talks to a broker."""


@pytest.hookimpl(tryfirst=True)  # xdist reads the marks in its own hook
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With `-n`, tests that share brokers, services or worlds of a session run in one process; `make test` says how many there are."""
    if not hasattr(config, "workerinput"):
        return
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item)))
    items.sort(key=lambda item: _rank(_group(item)))


def _group(item: pytest.Item) -> str:
    folder = item.path.relative_to(item.config.rootpath / "tests").parts[0]
    return "broker" if folder != "integration" and item.get_closest_marker("broker") else folder


def _rank(group: str) -> int:
    return FIRST.index(group) if group in FIRST else len(FIRST)
