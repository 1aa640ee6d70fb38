"""The tables of detectors in pipeline.toml: every parameter of a detector's constructor is a key of its table."""

from collections.abc import Mapping
from inspect import signature
from math import fsum, inf
from typing import Annotated, Any

from pydantic import ConfigDict, Field, ValidationError, create_model


def complete_tables(tables: dict[str, dict[str, Any]], classes: Mapping[str, type[Any]]) -> dict[str, dict[str, Any]]:
    """Every detector that is not switched off, with all its values, in the order of names. Raises ValueError with all faults of all tables."""
    faults, complete = [], {}
    for name in sorted({*tables, *classes}):
        try:
            complete[name] = complete_table(name, tables.get(name, {}), classes)
        except ValueError as error:
            faults.append(str(error))
    complete = {name: table for name, table in complete.items() if table.pop("enabled")}
    if not complete and not faults:
        faults.append("there must be at least one detector")
    if faults:
        raise ValueError("; ".join(faults))
    return complete


def build(tables: dict[str, dict[str, Any]], classes: Mapping[str, type[Any]]) -> dict[str, Any]:
    """A fresh detector for every table."""
    return {name: classes[name](**{k: v for k, v in table.items() if k != "weight"}) for name, table in tables.items()}


def weights(tables: dict[str, dict[str, Any]]) -> dict[str, float]:
    """Weights of the detectors' p-values, mean 1 (Genovese, Roeder and Wasserman, Biometrika 2006)."""
    raw = {name: float(table["weight"]) for name, table in tables.items()}
    mean = fsum(raw.values()) / len(raw)
    return {name: weight / mean for name, weight in raw.items()}


def complete_table(name: str, table: dict[str, Any], classes: Mapping[str, type[Any]]) -> dict[str, Any]:
    """The weight and every parameter of the detector's constructor, checked against their annotations; none may be negative."""
    detector = classes.get(name)
    if detector is None:
        raise ValueError(f"no detector {name!r}; there are {', '.join(classes)}")
    parameters = signature(detector).parameters
    fields: dict[str, Any] = {key: (Annotated[p.annotation, Field(ge=0)], p.default) for key, p in parameters.items()}
    fields["enabled"] = (bool, True)
    fields["weight"] = (Annotated[float, Field(gt=0, lt=inf)], detector.weight)
    try:
        values: dict[str, Any] = create_model(name, __config__=ConfigDict(extra="forbid"), **fields)(**table).model_dump()
        detector(**{key: value for key, value in values.items() if key not in ("weight", "enabled")})
    except ValidationError as error:
        told = [f"{fault['loc'][0]}: {fault['msg']}" for fault in error.errors(include_input=False, include_url=False)]
        raise ValueError("; ".join(f"detector {name!r}, {fault}" for fault in told)) from None
    except (ValueError, TypeError) as error:
        raise ValueError(f"detector {name!r}: {error}") from None
    return values
