"""Finds the detectors: every module of this package with a `Detector` of its own.

A new detector is one file, its test and one table in pipeline.toml.
"""

import pkgutil
from functools import cache
from importlib import import_module
from inspect import isabstract

import stream_app.detectors
from stream_app.detectors.base import Detector


@cache
def detector_classes() -> dict[str, type[Detector]]:
    """Detector classes by name (the module's name), in alphabetical order."""
    found: dict[str, type[Detector]] = {}
    for info in pkgutil.iter_modules(stream_app.detectors.__path__):
        module = import_module(f"{stream_app.detectors.__name__}.{info.name}")
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, Detector) and not isabstract(value) and value.__module__ == module.__name__:
                found[info.name] = value
    return found
