"""Finds the detectors: every module of this package with a `Detector` of its own.

A new detector is one file, its test and one table in pipeline.toml.
"""

import pkgutil
from functools import cache
from importlib import import_module
from inspect import isabstract
from types import ModuleType
from typing import TypeVar

import stream_app.detectors
import stream_app.detectors.movements
from stream_app.detectors.base import Detector
from stream_app.detectors.movements.base import MovementDetector

D = TypeVar("D")


@cache
def detector_classes() -> dict[str, type[Detector]]:
    """Detector classes of declarations by name (the module's name), in alphabetical order."""
    return _classes(stream_app.detectors, Detector)  # type: ignore[type-abstract]  # what is found is not abstract


@cache
def movement_detector_classes() -> dict[str, type[MovementDetector]]:
    """Those of movements."""
    return _classes(stream_app.detectors.movements, MovementDetector)  # type: ignore[type-abstract]


def _classes(package: ModuleType, kind: type[D]) -> dict[str, type[D]]:
    found: dict[str, type[D]] = {}
    for info in pkgutil.iter_modules(package.__path__):
        module = import_module(f"{package.__name__}.{info.name}")
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, kind) and not isabstract(value) and value.__module__ == module.__name__:
                found[info.name] = value
    return found
