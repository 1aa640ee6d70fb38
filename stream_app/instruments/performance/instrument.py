"""Performance measurement on the stream: what each office, officer and declarant does with files, by pseudonym and within the office.

It informs a conversation, it accuses nobody: a figure that differs may have a reason that no event tells of, such as another kind of goods.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from math import floor
from typing import Any

from stream_app.contracts.declaration import Declaration
from stream_app.contracts.indicator import Interval, Kind, Subject, window
from stream_app.contracts.milestone import Milestone
from stream_app.contracts.outcome import Outcome
from stream_app.instruments.base import Event, Note, Plain
from stream_app.instruments.findings import Rates
from stream_app.instruments.performance.comparing import CONFIDENCE, often_together, told
from stream_app.instruments.performance.counts import SHARES, Counts, Ratio, adjusted_over_assessed
from stream_app.instruments.performance.files import File
from stream_app.learning.decay import DAY
from stream_app.learning.table import BoundedTable

Groups = dict[tuple[str, str], Counts]
"""(office, officer or declarant) -> counts."""
HOUR = 3_600.0


class Performance:
    """Files are kept `keep_days` after they were last heard of, so that late outcomes find theirs and any window in that time can be asked for."""

    def __init__(
        self,
        minimum_files: int = 30,
        minimum_cases: int = 10,
        minimum_pairs: int = 10,
        keep_days: float = 400.0,
        max_files: int = 100_000,
        tell_every_days: float = 7.0,
        tell_days: float = 91.0,
        utc_offset_hours: float = 0.0,
    ) -> None:
        """`minimum_files`: files below which a person is not told of, `minimum_cases`: cases below which a share of theirs is not; `tell_days`:
        how far back indicators look; `utc_offset_hours`: of the offices' calendar day."""
        self._minimum, self._cases, self._pairs = minimum_files, minimum_cases, minimum_pairs
        self._keep, self._every, self._back = keep_days * DAY, tell_every_days * DAY, tell_days * DAY
        self._offset = utc_offset_hours * HOUR
        self._files: BoundedTable[str, File] = BoundedTable(max_files)
        self._heard: BoundedTable[str, float] = BoundedTable(max_files)
        self._rates = Rates()
        self._watermark = 0.0
        self._due = 0.0
        self._untold: list[Note] = []
        self._said: BoundedTable[tuple[str, str], tuple[float, float]] = BoundedTable(20_000)
        self.latest: dict[str, Ratio] = {}
        """Over all offices, as of the last time that figures were told; of several partitions they add up."""

    def learn(self, event: Event) -> None:
        """Milestones, declarations and outcomes. Lanes are those of milestones alone: what we advise is no officer's doing."""
        if isinstance(event, Milestone):
            self._file(event.declaration_id, event.occurred_epoch).take_milestone(event)
        elif isinstance(event, Declaration):
            self._rates.declared(event.currency, event.exchange_rate)
            self._file(event.declaration_id, event.lodged_epoch).take_declaration(event)
        elif isinstance(event, Outcome) and event.alert_id is None:
            self._file(event.declaration_id, event.decided_epoch).take_outcome(event, self._rates)

    def _file(self, number: str, at: float) -> File:
        self._watermark = max(self._watermark, at)
        if self._watermark >= self._due:
            self._tell()
        file = self._files.get(number) or File()
        self._files.put(number, file)
        self._heard.put(number, self._watermark)
        while (oldest := self._heard.oldest()) and oldest[1] < self._watermark - self._keep:
            self._heard.pop(oldest[0])
            self._files.pop(oldest[0])
        return file

    def figures(self, begin: float | None = None, end: float | None = None) -> Plain:
        """Files registered in [begin, end): {"window", "offices": {code: {...}}, "officers": [...], "declarants": [...], "pairs": [...]}.

        A share is {"share", "shrunken", "lower", "upper", "n", "office_share", "compared"}; None where there are too few cases.
        """
        files = [file for file in self._files.values() if _within(file.registered, begin, end) and file.office]
        offices: dict[str, Counts] = {}
        officers: Groups = {}
        declarants: Groups = {}
        pairs: dict[tuple[str, str, str], int] = {}
        for file in files:
            self._count(offices.setdefault(file.office, Counts()), file)
            if file.officer is not None:
                self._count(officers.setdefault((file.office, file.officer), Counts()), file)
            if file.declarant is not None:
                self._count(declarants.setdefault((file.office, file.declarant), Counts()), file)
            if file.officer is not None and file.declarant is not None:
                key = file.office, file.officer, file.declarant
                pairs[key] = pairs.get(key, 0) + 1
        times = [file.registered for file in files if file.registered is not None]
        return {
            "window": window(min(times), max(times)) if times else None,
            "minimum_files": self._minimum,
            "files": len(files),
            "offices": {office: self._office(counts) for office, counts in sorted(offices.items())},
            "officers": self._people("officer", officers, offices),
            "declarants": self._people("declarant", declarants, offices),
            "pairs": self._often(pairs),
        }

    def _count(self, counts: Counts, file: File) -> None:
        counts.add(file, self._watermark, self._offset)

    def _office(self, counts: Counts) -> Plain:
        return {**_totals(counts), **{name: _share(ratio(counts)) for name, ratio in SHARES.items()}}

    def _people(self, who: str, groups: Groups, offices: dict[str, Counts]) -> list[Plain]:
        """Whoever has enough files, by office and pseudonym."""
        known = {key: counts for key, counts in sorted(groups.items()) if counts.files >= self._minimum}
        colleagues: dict[str, int] = {}
        for office, _ in known:
            colleagues[office] = colleagues.get(office, 0) + 1
        return [
            {
                who: of,
                "office": office,
                **_totals(counts),
                **{
                    name: told(ratio(counts), ratio(offices[office]), self._cases, colleagues[office] * len(SHARES)) for name, ratio in SHARES.items()
                },
            }
            for (office, of), counts in known.items()
        ]

    def _often(self, pairs: dict[tuple[str, str, str], int]) -> list[Plain]:
        """Pairs that meet more often than chance would have it, the most surprising first; of the files that name both."""
        in_office: Counter[str] = Counter()
        tried: Counter[str] = Counter()
        of_officers: Counter[tuple[str, str]] = Counter()
        of_declarants: Counter[tuple[str, str]] = Counter()
        for (office, officer, declarant), n in pairs.items():
            in_office[office] += n
            tried[office] += 1
            of_officers[office, officer] += n
            of_declarants[office, declarant] += n
        found = []
        for (office, officer, declarant), n in sorted(pairs.items()):
            if n < self._pairs:
                continue
            expected, often = often_together(n, of_officers[office, officer], of_declarants[office, declarant], in_office[office], tried[office])
            if often:
                times = round(n / expected, 3)
                found.append(
                    {
                        "office": office,
                        "officer": officer,
                        "declarant": declarant,
                        "files": n,
                        "expected": round(expected, 3),
                        "times_expected": times,
                    }
                )
        return sorted(found, key=lambda pair: (-pair["times_expected"], pair["office"], pair["officer"], pair["declarant"]))

    def _tell(self) -> None:
        """At the first record of a new period: offices' figures, and what differs within an office, of the last `tell_days`."""
        first, self._due = not self._due, (floor(self._watermark / self._every) + 1) * self._every
        if first:
            return
        at, begin = self._watermark, self._watermark - self._back
        figures, everything = self.figures(begin), Counts()
        for file in self._files.values():
            if _within(file.registered, begin, None):
                self._count(everything, file)
        self.latest = {name: ratio(everything) for name, ratio in SHARES.items()}
        for office, found in figures["offices"].items():
            self._add(_notes("office", office, found, begin, at, f"At office {office}"))
        for who in ("officer", "declarant"):
            for found in figures[f"{who}s"]:
                name = f"{found['office']}/{found[who]}"
                self._add(_notes(who, name, found, begin, at, f"At office {found['office']}, {who} {found[who]}"))

    def _add(self, notes: Iterable[Note]) -> None:
        """What has changed since it was last told."""
        for note in notes:
            key, said = (note.name, note.subject.of), (note.value, note.n)
            if self._said.get(key) != said:
                self._said.put(key, said)
                self._untold.append(note)

    def take(self) -> list[Note]:
        taken, self._untold = self._untold, []
        return taken

    def sizes(self) -> dict[str, tuple[int, int]]:
        return {"performance_files": (len(self._files), self._files.forgotten)}

    def state(self) -> Plain:
        return {
            "files": [[number, self._heard.get(number), *file.state()] for number, file in self._files.items()],
            "rates": self._rates.state(),
            "forgotten": self._files.forgotten,
            "watermark": self._watermark,
            "due": self._due,
            "said": [[*key, *said] for key, said in self._said.items()],
            "latest": {name: list(ratio) for name, ratio in self.latest.items()},
        }

    def restore(self, state: Plain) -> None:
        for number, heard, *file in state["files"]:
            self._files.put(number, File.restored(file))
            self._heard.put(number, heard)
        for name, of, *said in state["said"]:
            self._said.put((name, of), (said[0], said[1]))
        self.latest = {name: Ratio(*ratio) for name, ratio in state["latest"].items()}
        self._rates.restore(state["rates"])
        self._files.forgotten, self._watermark, self._due = state["forgotten"], state["watermark"], state["due"]


def _within(at: float | None, begin: float | None, end: float | None) -> bool:
    return at is not None and (begin is None or at >= begin) and (end is None or at < end)


def _totals(counts: Counts) -> Plain:
    ratio = adjusted_over_assessed(counts)
    return {
        "files": counts.files,
        "duty_assessed": round(counts.duty, 2),
        "duty_adjusted": round(counts.adjusted, 2),
        "duty_adjusted_by_rerouting": round(counts.rerouted_adjusted, 2),
        "adjusted_over_assessed": None if ratio is None else round(ratio, 6),
    }


def _share(ratio: Ratio) -> Plain:
    return {"share": round(ratio.hits / ratio.cases, 6) if ratio.cases else None, "n": ratio.cases}


def _notes(by: str, of: str, figures: Plain, begin: float, at: float, where: str) -> Iterator[Note]:
    """Of an office every share; of a person only what differs from the office."""
    for name in SHARES:
        found: dict[str, Any] | None = figures[name]
        if found is None or not found["n"] or (by != "office" and found["compared"] == "like"):
            continue
        words = name.replace("_", " ")
        if by == "office":
            text, before, interval = f"{where}, {words}: {found['share']:.1%} of {found['n']:,}.", None, None
        else:
            text = (
                f"{where}: {words} {found['share']:.1%} of {found['n']:,}, {found['compared']} the rest of the office "
                f"({found['office_share']:.1%}). This is a figure to talk about, not a finding."
            )
            before, interval = found["office_share"], Interval(found["lower"], found["upper"], CONFIDENCE)
        value = found["share"] if by == "office" else found["shrunken"]
        yield Note(Kind.PERFORMANCE, name, Subject(by, of), value, found["n"], "share of files", begin, at, text, before=before, interval=interval)
