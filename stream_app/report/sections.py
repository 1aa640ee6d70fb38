"""One section an instrument: what it found, in tables and plots, and what it does not say."""

from stream_app.instruments.base import Plain
from stream_app.instruments.time_release.waterfall import waterfall
from stream_app.report.html import paragraph, percent, plot, table, tiles, words
from stream_app.report.plots import BAD, GOOD, WARM, bars, forecast, inline

FEW_INTERVALS = 20
ROWS = 15
"""Of a table; the JSON has them all."""


def mirror(found: Plain, changes: list[Plain]) -> str:
    if not found["cells"]:
        return paragraph("No partner's export records were read: there is nothing to compare imports with.", "quiet")
    kinds = [name for name in found["classes"] if name != "matched" and found["classes"][name]["cells"]]
    stakes = [found["classes"][name]["duty_at_stake"] for name in kinds]
    gaps = [
        (gap["exporter"], gap["hs6"], words(gap["class"]), gap["import_fob"], gap["export_fob"], gap["g_value"], gap["g_quantity"],
         gap["g_price"], gap["neighbour"], gap["duty_at_stake"])
        for gap in found["gaps"][:ROWS]
    ]  # fmt: skip
    headings = ["from", "HS", "class", "import, FOB", "export", "g value", "g quantity", "g price", "neighbour", "duty at stake"]
    return "".join(
        [
            tiles(
                [
                    ("goods of a lane compared", found["cells"]),
                    ("that match", found["classes"]["matched"]["cells"]),
                    ("duty at stake in the others", float(sum(stakes))),
                ]
            ),
            plot(bars([words(name) for name in kinds], stakes, "duty at stake, accounting currency", BAD)),
            table(headings, gaps, f"The {len(gaps)} largest gaps by duty at stake"),
            paragraph("Some of these months are still open: exports arrive, and are declared, later than they left.", "quiet")
            if found["pending"]
            else "",
            paragraph(
                "g is the natural logarithm of import over export, free on board; quantity and price add up to value. A gap is a question, not a "
                "finding: transit, timing and freight make gaps too.",
                "quiet",
            ),
        ]
    )


def time_release(found: Plain, changes: list[Plain]) -> str:
    total = found["total"]
    if not total["n"]:
        return paragraph("No clearance milestones were read.", "quiet")
    drawn = waterfall(found)
    headings = ["", "n", "median h", "mean h", "sd", "p90 h", "in target"]
    segments = [(f"{one['segment']}  {one['from']} to {one['to']}", *_times(one)) for one in found["segments"]]
    return "".join(
        [
            tiles(
                [
                    ("releases, arrival known", total["n"]),
                    ("median hours", total["median_hours"]),
                    ("mean hours", total["mean_hours"]),
                    ("p90 hours", total["p90_hours"]),
                    (f"within {total['target_hours']} h" if total["target_hours"] else "within target", percent(total["within_target"])),
                ]
            ),
            plot(inline(drawn.decode()) if drawn else ""),
            table(headings, segments, "From step to step"),
            table(headings, [(f"{words(one['actor'])}'s time", *_times(one)) for one in found["actors"]], "Whose time it was"),
            *(
                table(headings, [(of, *_times(group["total"])) for of, group in found["by"][by].items()], f"Arrival to release, by {words(by)}")
                for by in found["by"]
            ),
            _changes(changes, "Segments slower than their own rhythm"),
        ]
    )


def _times(one: Plain) -> tuple[object, ...]:
    return one["n"], one["median_hours"], one["mean_hours"], one["sd_hours"], one["p90_hours"], percent(one["within_target"])


def performance(found: Plain, changes: list[Plain]) -> str:
    if not found["files"]:
        return paragraph("No files were read.", "quiet")
    names = {
        "assessed_on_the_day": "same day",
        "assessed_after_5_days": "after 5 days",
        "not_assessed_within_a_month": "never in a month",
        "rerouted_yellow_to_red": "yellow to red",
        "yield_of_rerouting": "its yield",
        "offence_rate": "offences",
        "lowered_reassessments": "lowered",
        "cancellations": "cancelled",
    }
    offices = [
        (code, office["files"], *(percent(office[name]["share"]) for name in names), percent(office["adjusted_over_assessed"], 2))
        for code, office in found["offices"].items()
    ]
    unlike = [
        (one["office"], one[who], words(name), percent(one[name]["share"]), percent(one[name]["office_share"]), one[name]["n"], one[name]["compared"])
        for who in ("officer", "declarant")
        for one in found[f"{who}s"]
        for name in names
        if one[name] and one[name]["compared"] != "like"
    ]
    pairs = [(one["office"], one["officer"], one["declarant"], one["files"], one["expected"], one["times_expected"]) for one in found["pairs"][:ROWS]]
    return "".join(
        [
            tiles([("files", found["files"]), ("offices", len(found["offices"])), ("figures unlike their office's", len(unlike))]),
            table(["office", "files", *names.values(), "adjusted"], offices, "Offices"),
            table(["office", "who", "figure", "own", "rest of office", "n", "compared"], unlike[: 2 * ROWS], "What differs within an office"),
            table(
                ["office", "officer", "declarant", "files", "expected", "times"], pairs, "Officers and declarants that meet more often than chance"
            ),
            paragraph(
                "Pseudonyms only. A figure that differs informs a conversation and accuses nobody: the goods of a desk may be other goods.", "quiet"
            ),
        ]
    )


def seizures(found: Plain, changes: list[Plain]) -> str:
    if not found["cases"]:
        return paragraph("No seizure records were read.", "quiet")
    groups = found["commodity_groups"]
    columns = ("hs_chapter", "origin_country", "departure_country", "conveyance", "cases", "decayed_cases", "odds_irregular")
    routes = [[one[name] for name in columns] for one in found["routes"][:ROWS]]
    return "".join(
        [
            tiles(
                [("cases", found["cases"]), ("routes", len(found["routes"])), ("own outcomes with a seizure", sum(found["own_outcomes"].values()))]
            ),
            plot(bars([words(name) for name in groups], [float(n) for n in groups.values()], "cases")),
            table(
                ["HS chapter", "origin", "departure", "conveyance", "cases", "decayed", "odds, times"], routes, "Routes by the risk that they bear"
            ),
            table(["concealment", "cases"], [(words(name), n) for name, n in found["concealment"].items()], "Where it was hidden"),
            table(["detected by", "cases"], [(words(name), n) for name, n in found["detection_methods"].items()], "How it was found"),
        ]
    )


def data_quality(found: Plain, changes: list[Plain]) -> str:
    if not found["declarations"]:
        return paragraph("No declarations were read.", "quiet")
    known = {name: 100.0 * value for name, value in found["parts"].items() if value is not None}
    colours = [GOOD if value >= 95.0 else WARM if value >= 80.0 else BAD for value in known.values()]
    scored = [one for one in found["submitters"] if one["score"] is not None]
    worst = [
        (one["submitter"], one["declarations"], one["score"], *(percent(one["parts"][name]) for name in known), one["findings"][0]["text"])
        for one in scored
        if one["findings"]
    ]
    pace = [
        (
            one["submitter"],
            one["volume"]["last_week"] if one["volume"] else None,
            one["volume"]["usual_week"] if one["volume"] else None,
            one["silent_days"],
        )
        for one in scored
        if one["volume"] or one["silent_days"]
    ]
    fields = [(line["dimension"], words(line["what"]), percent(line["share"], 2), line["n"]) for line in found["fields"] if line["share"] > 0.0]
    return "".join(
        [
            tiles(
                [
                    ("score of 100", found["score"]),
                    ("submitters scored", len(scored)),
                    ("with something to put right", len(worst)),
                    ("median days to an outcome", found["labels"]["median_days"]),
                ]
            ),
            plot(bars(list(known), list(known.values()), "of 100", colours)),
            table(["submitter", "declarations", "score", *known, "first to put right"], worst[:ROWS], "Submitters with something to put right"),
            table(["submitter", "last week", "usual week", "silent days"], pace[:ROWS], "Submitters out of their own rhythm"),
            table(["dimension", "field or check", "at fault", "cases"], fields, "Fields and checks"),
            table(["reason of refusal", "declarations"], found["refusals"].items(), "Refused declarations"),
        ]
    )


def coverage(line: Plain) -> str:
    """Where there are enough intervals to speak of a share."""
    return percent(line["coverage"] if line["intervals"] >= FEW_INTERVALS else None)


def forecasts(found: Plain, changes: list[Plain]) -> str:
    if not found["series"]:
        return paragraph("Not a single full day was read.", "quiet")
    totals = {line["measure"]: line for line in found["series"] if line["by"] == "all"}
    quality, risk = found["quality"], found["revenue_at_risk"]
    confidence = percent(found["confidence"], 0)
    series = [
        (_named(line), words(line["model"]), line["tested"], line["mase"], line["mase_seasonal_naive"], coverage(line))
        for line in found["series"]
        if line["by"] != "chapter"
    ]
    capacity = [
        (percent(one["share"], 0), one["controls"], one["found_at_random"], one["found_targeted"], one["left_at_risk"]) for one in risk["capacities"]
    ]
    return "".join(
        [
            tiles(
                [
                    ("MASE, all series", quality["mase"]),
                    ("of seasonal-naive", quality["mase_seasonal_naive"]),
                    (f"of actuals within the {confidence} interval", coverage(quality)),
                    (f"declarations in {risk['days']} days", risk["declarations"]),
                ]
            ),
            *(plot(forecast(line, f"{name} a day, {confidence} interval")) for name, line in sorted(totals.items(), reverse=True)),
            table(["series", "model", "tests", "MASE", "seasonal-naive", "coverage"], series, "Rolling origin: every day is one"),
            table(
                ["lane", "mean a day", "fullest day"], [(one["lane"], one["mean_a_day"], one["fullest_day"]) for one in found["workload"]], "Workload"
            ),
            table(
                ["controlled", "controls", "found at random", "found, targeted as now", "left at risk"],
                capacity,
                f"Revenue at risk in {risk['days']} days, under a control capacity",
            ),
            paragraph(
                f"At risk is what {risk['a_random_control']['n']:,} random controls found owing, a control each, if findings go on as they did.",
                "quiet",
            )
            if capacity
            else "",
            _changes(changes, "Days outside what was expected of them"),
        ]
    )


def _named(line: Plain) -> str:
    return f"{line['measure']}, all" if line["by"] == "all" else f"{line['measure']}, {line['by']} {line['of']}"


def _changes(changes: list[Plain], title: str) -> str:
    return table(["at", ""], [(one["at"][:10], one["text"]) for one in changes[-ROWS:]], title)
