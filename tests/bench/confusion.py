"""What a replay made of the simulated schemes on containers: `python -m tests.bench.confusion OUT TRUTH [DECLARATIONS]`, all files of lines.

A container counts as found by a typology when one of its movements was alerted with it. Movements of one container are one case, whatever
their number: an officer looks once. With the declarations, containers of those that carry a scheme of their own are neither clean nor
counted: a mass that was declared falsely is a finding.
"""

import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import orjson
from rich.console import Console
from rich.table import Table

OWN = {
    "seal_swap": {"seal_change", "seal_mismatch"},
    "container_swap": {"two_places", "impossible_leg", "mass_change", "seal_change", "seal_mismatch"},
    "weight_tampering": {"mass_change", "mass_mismatch"},
    "detour": {"route_deviation", "sequence", "leg_time", "route_mismatch"},
    "ghost_container": {"undeclared", "never_arrived", "overlanded", "shortlanded"},
    "unexplained_stop": {"dwell", "leg_time"},
    "early_release": {"early_release"},
}
"""Scheme -> typologies that name what it does; the others may find it too, by what comes with it."""


@dataclass
class Confusion:
    """Containers, not events, by scheme; "" is clean traffic. `own`: alerted with a typology of OWN. `found[scheme][typology]`. `standing`: of
    those alerted, where an alert was not withdrawn later."""

    containers: Counter[str] = field(default_factory=Counter)
    alerted: Counter[str] = field(default_factory=Counter)
    standing: Counter[str] = field(default_factory=Counter)
    own: Counter[str] = field(default_factory=Counter)
    found: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def recall(self, scheme: str, own_only: bool = False) -> float:
        """Share of the scheme's containers with an alert, or with one of a typology of its own."""
        hits = self.own[scheme] if own_only else self.alerted[scheme]
        return hits / self.containers[scheme] if self.containers[scheme] else float("nan")

    def precision(self, typology: str) -> float:
        """Share of the containers alerted with it that carry any scheme."""
        hits = sum(row[typology] for row in self.found.values())
        return 1 - self.found[""][typology] / hits if hits else float("nan")

    def typologies(self) -> list[str]:
        return sorted({typology for row in self.found.values() for typology in row})

    def false_per_thousand(self) -> float:
        """Clean containers alerted, of a thousand; those withdrawn later included."""
        return 1000 * self.alerted[""] / self.containers[""] if self.containers[""] else float("nan")

    def standing_false_per_thousand(self) -> float:
        return 1000 * self.standing[""] / self.containers[""] if self.containers[""] else float("nan")

    def as_dict(self) -> dict[str, Any]:
        schemes = {
            scheme: {
                "containers": count,
                "recall": self.recall(scheme),
                "recall_own": self.recall(scheme, True),
                "typologies": dict(self.found[scheme]),
            }
            for scheme, count in sorted(self.containers.items())
            if scheme
        }
        precision = {typology: self.precision(typology) for typology in self.typologies()}
        false = {"false_per_thousand": self.false_per_thousand(), "standing_false_per_thousand": self.standing_false_per_thousand()}
        return {"schemes": schemes, "precision": precision, "clean": self.containers[""], **false}


def confusion(results: Iterable[dict[str, Any]], truth: Iterable[dict[str, Any]], declarations: Iterable[dict[str, Any]] = ()) -> Confusion:
    """Of replay lines and truth lines; lines about declarations and goods items are passed over. `declarations`: as they were lodged."""
    schemes, odd = {}, set()
    for line in truth:
        if "equipment_id" in line:
            schemes[line["equipment_id"]] = line["scheme"]
        else:
            odd.add(line.get("declaration_id"))
    left_out = {box["equipment_id"] for one in declarations if one["declaration_id"] in odd for box in one.get("containers", ())} - schemes.keys()
    alerts: dict[str, set[str]] = {name: set() for name in schemes}
    alerted = set()
    standing: dict[str, set[str]] = defaultdict(set)
    for line in results:
        if "equipment_id" in line:
            found = alerts.setdefault(line["equipment_id"], set())
            standing[line["equipment_id"]] |= {*line.get("alerts", ())}
            standing[line["equipment_id"]] -= {*line.get("withdrawn", ())}
            if line["alerted"]:
                alerted.add(line["equipment_id"])
                found.update(line["typologies"])
    made = Confusion()
    for name, found in alerts.items():
        if name in left_out:
            continue
        scheme = schemes.get(name, "")
        made.containers[scheme] += 1
        made.alerted[scheme] += name in alerted
        made.standing[scheme] += bool(standing[name])
        made.own[scheme] += bool(found & OWN.get(scheme, set()))
        made.found[scheme].update(found)
    return made


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as file:
        for line in file:
            yield orjson.loads(line)


def _table(made: Confusion) -> Table:
    table = Table("scheme", "containers", "recall", "recall, own", *made.typologies())
    for scheme in sorted(made.containers):
        row = [f"{made.found[scheme][typology]:,}" for typology in made.typologies()]
        if scheme:
            table.add_row(scheme, f"{made.containers[scheme]:,}", f"{made.recall(scheme):.2f}", f"{made.recall(scheme, True):.2f}", *row)
        else:
            table.add_row("clean", f"{made.containers['']:,}", "", "", *row)
    table.add_row("precision", "", "", "", *(f"{made.precision(typology):.2f}" for typology in made.typologies()))
    return table


@click.command()
@click.argument("out", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("truth", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("declarations", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a table.")
def main(out: Path, truth: Path, declarations: Path | None, as_json: bool) -> None:
    """Recall of each scheme, precision of each typology, and false alerts per 1,000 clean containers."""
    made = confusion(_lines(out), _lines(truth), _lines(declarations) if declarations else ())
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(made.as_dict()) + b"\n")
        return
    console = Console(width=200)
    console.print(_table(made))
    console.print(
        f"false alerts per 1,000 clean containers: {made.false_per_thousand():.1f}, {made.standing_false_per_thousand():.1f} of them not withdrawn"
    )


if __name__ == "__main__":
    main()
