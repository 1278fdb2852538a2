"""The page of a report: one HTML file that needs nothing else, in one language."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

from workplaces_core.history.reports import details, sections
from workplaces_core.history.reports.sections import Report, name_of
from workplaces_core.history.reports.style import STYLE
from workplaces_core.history.reports.words import LANGUAGES, Words

_MOST_TOLD = 4
_SECTIONS = (
    ("figures", sections.key_figures),
    ("calibration", sections.calibration),
    ("waiting", sections.waiting),
    ("types", sections.types),
    ("priorities", sections.priorities),
    ("week", sections.heat),
    ("differences", details.differences),
    ("examples", details.examples),
    ("people", details.people),
    ("longest", details.longest),
    ("every figure", details.every_figure),
)


def page(told: Report, language: str) -> str:
    """Write a report as HTML in a language of LANGUAGES; the same report gives the same bytes."""
    words = Words(language)
    content = "".join(
        f"<section><h2>{words[name]}</h2>{found}</section>"
        for name, write in _SECTIONS
        if (found := write(told, words))
    )
    two = told["simulation"]["differences"] is not None
    title = words["title" if two else "title one"]
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}: {escape(told['simulation']['account'])}</title><style>{STYLE}</style></head>"
        f"<body><main>{_other_language(words)}<h1>{title}</h1>{''.join(_head(told, words))}{content}"
        "</main></body></html>\n"
    )


def _other_language(words: Words) -> str:
    other = next(each for each in LANGUAGES if each != words.language)
    return f'<nav><a href="report.{other}.html" lang="{other}">{words["other language"]}</a></nav>'


def _head(told: Report, words: Words) -> Iterator[str]:
    found = told["simulation"]
    span = {"since": found["span"]["from"][:10], "until": found["span"]["until"][:10], "zone": found["timezone"]}
    versions = {side: each["version"] for side, each in found["policies"].items()}
    seeds = found["assumptions"]["seeds"]
    yield f'<p class="dim">{escape(words["account"].format(account=found["account"], **span))}. '
    yield words["versions two" if "b" in versions else "versions"].format(**versions)
    told_short = "".join(f"<li>{each}</li>" for each in in_short(told, words))
    yield f"</p><h2>{words['short']}</h2><ul class='lead'>{told_short}</ul>"
    notes = told["notes"].get(words.language, ())
    if notes:
        yield f'<div class="notes">{"".join(f"<p>{escape(each)}</p>" for each in notes)}</div>'
    if len(seeds) > 1:
        yield f"<p class='dim'>{words['seeds'].format(count=len(seeds), first=seeds[0], last=seeds[-1])} "
        yield f"{words['interval means']}</p>"
    else:
        yield f"<p class='dim'>{words['seeds one']}</p>"
    if told["command"]:
        yield f"<p class='dim'>{words['command']}: <code>{escape(told['command'])}</code></p>"


def in_short(told: Report, words: Words) -> Iterator[str]:
    """Say what a reader takes home: whether to believe it, the mean wait, and the types that change most."""
    found = told["simulation"]
    yield f"<strong>{words['verdict ' + found['calibration']['verdict']]}</strong>"
    if not all("mean" in each["waiting"] for each in (found["recorded"], *found["simulated"].values())):
        return  # no task, no wait
    if found["differences"] is None:
        for name in ("median", "mean"):
            told_of = {"what": words[f"{name} wait"], "recorded": words.time(found["recorded"]["waiting"][name])}
            simulated = found["simulated"]["a"]["waiting"][name]["mean"]
            yield words["one policy"].format(**told_of, simulated=words.time(simulated))
        return
    yield _compared(found, ("waiting",), words["mean wait"], words)
    changes = found["differences"]["types"]
    order = sorted(changes, key=lambda name: -abs(changes[name].get("mean", {"mean": 0})["mean"]))
    for name in order[:_MOST_TOLD]:
        label = words["mean wait of"].format(type=escape(name_of(told, "types", name)))
        yield _compared(found, ("types", name), label, words)


def _compared(found: dict[str, Any], path: tuple[str, ...], label: str, words: Words) -> str:
    a, b, change = (_mean(of, path) for of in (found["simulated"]["a"], found["simulated"]["b"], found["differences"]))
    said = {"what": label[0].upper() + label[1:], "before": words.time(a["mean"]), "after": words.time(b["mean"])}
    low, high = change["low"], change["high"]
    if low is None or low <= 0 <= high:
        return words["unsure"].format(**said)
    bounds = sorted((abs(low), abs(high)))
    said |= {"by": words.time(abs(change["mean"])), "low": words.time(bounds[0]), "high": words.time(bounds[1])}
    return words["shorter" if change["mean"] < 0 else "longer"].format(**said)


def _mean(value: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        value = value[name]
    return value["mean"]
