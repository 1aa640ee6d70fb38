"""The report as one page that needs nothing else: it can be mailed, opened without a network, and printed."""

from collections.abc import Callable
from html import escape

from stream_app.instruments.base import Plain
from stream_app.report import sections
from stream_app.report.html import paragraph, table, text, tiles

SECTIONS: dict[str, tuple[str, str, Callable[[Plain, list[Plain]], str]]] = {
    "mirror": ("Mirror analysis", "mirror", sections.mirror),
    "time_release": ("Time release", "time_release", sections.time_release),
    "performance": ("Performance measurement", "performance", sections.performance),
    "seizures": ("Seizures", "seizures", sections.seizures),
    "data_quality": ("Data quality and timeliness", "data_quality", sections.data_quality),
    "forecasts": ("Forecasts", "forecast", sections.forecasts),
}
"""Key of the report -> title, kind of its indicators, and what shows it."""

STYLE = """
:root{color-scheme:light}
body{font:14px/1.5 system-ui,sans-serif;color:#2b3a4a;max-width:62rem;margin:2rem auto;padding:0 1.2rem}
h1{font-size:1.7rem;margin:0 0 .2rem}h2{font-size:1.25rem;border-bottom:2px solid #2b3a4a;margin:2.6rem 0 .9rem;padding-bottom:.2rem}
nav a{margin-right:1.1rem}a{color:#1f6f8b}
.quiet{color:#5b6b7b;font-size:.9rem}
.tiles{display:flex;flex-wrap:wrap;gap:.7rem;margin:.8rem 0}
.tiles div{border:1px solid #d5dce3;border-radius:.4rem;padding:.45rem .9rem;min-width:7rem}
.tiles b{display:block;font-size:1.35rem;font-variant-numeric:tabular-nums}.tiles span{color:#5b6b7b;font-size:.85rem}
table{border-collapse:collapse;width:100%;margin:1rem 0;font-size:.87rem}
caption{text-align:left;font-weight:600;padding:.2rem 0}
th{text-align:left;border-bottom:1px solid #8a97a6;padding:.2rem .5rem;vertical-align:bottom}
td{border-bottom:1px solid #e6eaee;padding:.2rem .5rem;vertical-align:top}
td.s{white-space:nowrap}td.n,th.n{text-align:right}td.n{font-variant-numeric:tabular-nums;white-space:nowrap}
figure{margin:1rem 0}figure svg{max-width:100%;height:auto}
details{font-size:.87rem}summary{cursor:pointer;color:#5b6b7b}
@media print{body{margin:0;max-width:none;font-size:11px}nav{display:none}h2{break-after:avoid}figure,tr,.tiles{break-inside:avoid}
section{break-before:page}section:first-of-type{break-before:auto}thead{display:table-header-group}}
"""


def page(found: Plain) -> str:
    """The whole document. The same figures give the same text."""
    body = "".join(_section(key, found) for key in SECTIONS)
    links = "".join(f'<a href="#{key}">{escape(title)}</a>' for key, (title, *_) in SECTIONS.items())
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Tidewaiter report</title><style>{STYLE}</style></head><body>"
        f"<h1>Customs instruments</h1>{_about(found)}<nav>{links}</nav>{_summary(found)}{body}</body></html>\n"
    )


def _about(found: Plain) -> str:
    about = found["report"]
    if about["as_of"] is None:
        return paragraph("No records were read.", "quiet")
    span = (
        f"{'from ' + about['from'][:10] if about['from'] else 'from the first record'} {'to ' + about['to'][:10] if about['to'] else 'to the last'}"
    )
    return paragraph(f"{span}; the latest event read is of {about['as_of']}. Tidewaiter {about['version']}.", "quiet")


def _summary(found: Plain) -> str:
    total, quality = found["time_release"]["total"], found["data_quality"]
    return tiles(
        [
            ("goods of a lane with a gap", found["mirror"]["cells"] - found["mirror"]["classes"]["matched"]["cells"]),
            ("median hours to release", total["median_hours"]),
            ("files", found["performance"]["files"]),
            ("seizures", found["seizures"]["cases"]),
            ("data quality, of 100", quality["score"]),
            ("forecast coverage", sections.coverage(found["forecasts"]["quality"])),
        ]
    )


def _section(key: str, found: Plain) -> str:
    title, kind, show = SECTIONS[key]
    shown = show(found[key], found["changes"].get(kind, []))
    return f'<section id="{key}"><h2>{escape(title)}</h2>{shown}{_trace(found[key])}</section>'


def _trace(section: Plain) -> str:
    """Where the figures come from."""
    rows = []
    for one in section["trace"]:
        for place in one["places"]:
            first, last = place["offsets"]
            offsets = f"{text(first)} to {text(last)}"
            source = place["source"] if place["partition"] is None else f"{place['source']} partition {place['partition']}"
            rows.append((source, offsets, one["records"], sum(one["refused"].values())))
    shown = table(["source", "offsets (files: lines)", "records of this kind used", "refused"], rows)
    window = section.get("window")
    when = f" Window: {window['from']} to {window['to']}." if window else ""
    return f"<details open><summary>Where these figures come from.{escape(when)}</summary>{shown}</details>"
