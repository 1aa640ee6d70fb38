"""The mirror's figures as plain values: gaps ranked by duty at stake, a table of classes, and what was assumed."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from stream_app.instruments.base import Plain
from stream_app.instruments.mirror.comparing import Compared
from stream_app.instruments.mirror.freight import Freight
from stream_app.instruments.mirror.gaps import CLASSES, MATCHED

MOST_GAPS = 500


def report(
    compared: Sequence[Compared],
    window: Mapping[str, str] | None,
    pending: bool,
    freight: Freight,
    country: str | None,
    transactions: Counter[str],
    transaction_gaps: Sequence[Plain],
    counts: Mapping[str, int],
    transit_days: Mapping[str, float],
) -> Plain:
    """`compared`: the most duty at stake first."""
    unlike = [one for one in compared if one.found.kind != MATCHED]
    partners = sorted({one.partner for one in compared})
    return {
        "window": window,
        "pending": pending,
        "cells": len(compared),
        "classes": {kind: _class(kind, compared) for kind in CLASSES},
        "gaps": list(gap_lines(unlike[:MOST_GAPS], freight, country)),
        "gaps_not_shown": max(0, len(unlike) - MOST_GAPS),
        "transactions": {"classes": {kind: transactions[kind] for kind in CLASSES}, "gaps": list(transaction_gaps)},
        "freight": {partner: {"factor": round(freight.factor(partner), 4), "source": freight.source(partner)} for partner in partners},
        "transit_days": dict(transit_days),
        "counts": dict(sorted(counts.items())),
    }


def _class(kind: str, compared: Iterable[Compared]) -> Plain:
    those = [one for one in compared if one.found.kind == kind]
    return {
        "cells": len(those),
        "difference": round(sum(one.found.difference for one in those), 2),
        "weighted_gap": round(sum(one.found.weighted for one in those), 2),
        "duty_at_stake": round(sum(one.duty_at_stake for one in those), 2),
    }


def gap_lines(compared: Iterable[Compared], freight: Freight, country: str | None) -> Iterator[Plain]:
    """One line a cell; amounts in accounting currency, `g_*` natural logarithms."""
    for one in compared:
        exports, found = one.cell.exports.side(), one.found
        imports = one.cell.imports.side(1.0 + freight.factor(one.partner))
        yield {
            "exporter": one.partner,
            "importer": country,
            "hs6": one.family,
            "class": found.kind,
            "neighbour": one.neighbour,
            "g_value": _rounded(found.g_value),
            "g_quantity": _rounded(found.g_quantity),
            "g_price": _rounded(found.g_price),
            "weight": round(found.weight, 4),
            "weighted_gap": round(found.weighted, 2),
            "difference": round(found.difference, 2),
            "import_fob": round(imports.value, 2),
            "export_fob": round(exports.value, 2),
            "import_kg": round(imports.quantity, 3),
            "export_kg": round(exports.quantity, 3),
            "import_records": imports.records,
            "export_records": exports.records,
            "re_export_share": round(one.cell.exports.indirect_share, 4),
            "other_origin_share": round(one.cell.imports.indirect_share, 4),
            "duty_rate": _rounded(one.duty_rate),
            "duty_at_stake": round(one.duty_at_stake, 2),
            "traders": len(one.cell.traders) + one.cell.other_traders,
        }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
