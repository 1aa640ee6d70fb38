"""The KCS rows as everybody in the evaluation sees them: decoded once, in the order of their days, with their truth beside them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import numpy as np
import orjson
from numpy.typing import NDArray

from stream_app.adapters import kcs
from stream_app.contracts.declaration import Declaration, decode_declaration
from stream_app.contracts.decode import Limits
from stream_app.contracts.errors import ContractError
from stream_app.contracts.outcome import Outcome, decode_outcome

FILES = ("df_syn_train_eng.csv", "df_syn_valid_eng.csv")
TEST_FROM, TEST_TO = "2021-01-01", "2021-03-31"
LABEL_DELAY_DAYS = 7
DAY = 86_400.0

Row = dict[str, str]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Places = NDArray[np.intp]


@dataclass(frozen=True)
class Cases:
    """n goods items with one declaration each. Arrays have shape (n,); `day` counts from the first; `duty` is price x rate in KRW.

    `never_seen` and `exact` go by the exact (HS6, departure, origin, rate, tax type, mass, price): most KCS rows are near copies of others.
    `refused`: rows that the contract turned away; nobody is measured on them.
    """

    declarations: list[Declaration]
    outcomes: list[Outcome]
    day: Places
    irregular: Bools
    critical: Bools
    duty: Floats
    exact: Places
    never_seen: Bools
    test: Bools
    refused: int

    def __len__(self) -> int:
        return len(self.declarations)

    def days(self) -> Iterator[tuple[int, Places]]:
        """Every day that has rows, and the places of its rows."""
        days, first = np.unique(self.day, return_index=True)
        yield from zip(days.tolist(), np.split(np.arange(len(self)), first[1:]), strict=True)


def read(folder: Path) -> list[Row]:
    """The rows of both files. Raises FileNotFoundError with the names of those that are not there."""
    if absent := [name for name in FILES if not (folder / name).is_file()]:
        raise FileNotFoundError(f"{folder} has no {' and no '.join(absent)}")
    return list(kcs.rows(folder / name for name in FILES))


def cases(rows: list[Row], limits: Limits, delay_days: float = LABEL_DELAY_DAYS) -> Cases:
    """Decode all rows; those of a day keep their order."""
    rows, now = sorted(rows, key=lambda row: row["Date"]), latest(rows)
    kept, declarations, outcomes = [], [], []
    for row in rows:
        try:
            declaration = decode_declaration(orjson.dumps(kcs.declaration(row)), limits, now)
            outcome = decode_outcome(orjson.dumps(kcs.outcome(row, delay_days)), limits, now)
        except ContractError:
            continue
        kept.append(row)
        declarations.append(declaration)
        outcomes.append(outcome)
    day = np.array([date.fromisoformat(row["Date"]).toordinal() for row in kept])
    exact = _exact(kept)
    return Cases(
        declarations,
        outcomes,
        day=day - day[0],
        irregular=np.array([outcome.irregular for outcome in outcomes]),
        critical=np.array([outcome.critical for outcome in outcomes]),
        duty=np.array([float(row["Item Price"]) * float(row["Tax Rate"]) / 100.0 for row in kept]),
        exact=exact,
        never_seen=_first_of_its_kind(exact),
        test=np.array([TEST_FROM <= row["Date"] <= TEST_TO for row in kept]),
        refused=len(rows) - len(kept),
    )


def never_seen(rows: list[Row]) -> Bools:
    """True where the exact (HS6, departure, origin, rate, tax type, mass, price) is in no earlier row."""
    return _first_of_its_kind(_exact(rows))


def latest(rows: list[Row]) -> float:
    """A clock reading (seconds since 1970) that makes none of the rows, and none of their outcomes, lie in the future."""
    return max(datetime.fromisoformat(row["Date"] + "T00:00:00+09:00").timestamp() for row in rows) + 30 * DAY


def _exact(rows: list[Row]) -> Places:
    """The number of each row's group of equals."""
    numbers: dict[tuple[object, ...], int] = {}
    codes, figures = ("HS6 Code", "Country of Departure", "Country of Origin", "Tax Type"), ("Tax Rate", "Net Mass", "Item Price")
    keys = ((*(row[name] for name in codes), *(float(row[name]) for name in figures)) for row in rows)
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys])


def _first_of_its_kind(group: Places) -> Bools:
    first = np.zeros(len(group), dtype=bool)
    first[np.unique(group, return_index=True)[1]] = True
    return first
