"""The sections of a report page: each takes the report and gives HTML, with nothing worked out but what it writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from html import escape
from typing import Any

from workplaces_core.history.reports.charts import Series, bars, lines, week
from workplaces_core.history.reports.words import Words
from workplaces_core.history.simulation.calibrating import LIMITS

Report = dict[str, Any]
SIDES = ("recorded", "a", "b")
_MANY_DAYS = 31
"""With more days, what was finished is drawn by week."""


def sides(told: Report) -> list[str]:
    """Name the sides of a report: recorded, a, and b where there are two policies."""
    return [side for side in SIDES if side == "recorded" or side in told["simulation"]["simulated"]]


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, text: bool = False, caption: str = "") -> str:
    """Write a table; cells are HTML already."""
    top = f"<caption>{caption}</caption>" if caption else ""
    heads = "".join(f"<th>{each}</th>" for each in head)
    lines_ = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    kind = ' class="text"' if text else ""
    return f'<div class="wide"><table{kind}>{top}<thead><tr>{heads}</tr></thead><tbody>{lines_}</tbody></table></div>'


def key(side: str, words: Words) -> str:
    """Name a side, with its colour."""
    return f'<span class="side"><span class="key {side}"></span>{words[side]}</span>'


def name_of(told: Report, kind: str, id_: str | None) -> str:
    """Give the name of a type, user or priority, the id where it has none."""
    return str(told["simulation"]["names"][kind].get(id_, id_))


def estimated(value: dict[str, Any] | None, tell: Callable[[float], str]) -> str:
    """Write an estimate with its interval."""
    if value is None:
        return "–"
    told = tell(value["mean"])
    if value["low"] is None or value["low"] == value["high"]:
        return told
    return f"{told}<small>{tell(value['low'])} … {tell(value['high'])}</small>"


# -- key figures -----------------------------------------------------------------------------------------------


def key_figures(told: Report, words: Words) -> str:
    """Compare the sides, figure by figure."""
    head = [words["what"], *(key(side, words) for side in sides(told))]
    rows = key_rows(told, words)
    return table([*head, words["b minus a"]] if told["simulation"]["differences"] else head, rows)


def key_rows(told: Report, words: Words) -> list[list[str]]:
    """Give the rows of the key figures; exact-time calls only where there are some."""
    found = told["simulation"]
    return [
        [words[name], *_cells(found, path, tell)]
        for name, path, tell in _key_rows(words)
        if path[0] != "exact" or found["recorded"]["exact"]["met"] + found["recorded"]["exact"]["missed"]
    ]


def _key_rows(words: Words) -> list[tuple[str, tuple[str, str], Callable[[float], str]]]:
    return [
        ("tasks taken", ("work", "taken"), words.number),
        ("never taken", ("work", "never_taken"), words.number),
        ("finished a day", ("throughput", "per_day"), lambda value: words.number(value, 1)),
        ("median wait", ("waiting", "median"), words.time),
        ("mean wait", ("waiting", "mean"), words.time),
        ("p90 wait", ("waiting", "p90"), words.time),
        ("p99", ("waiting", "p99"), words.time),
        ("longest wait", ("waiting", "longest"), words.time),
        ("late", ("lateness", "late"), words.share),
        ("mean late", ("lateness", "mean_late"), words.time),
        ("met", ("exact", "met"), words.number),
        ("missed", ("exact", "missed"), words.number),
        ("use", ("people", "use"), words.share),
    ]


def _cells(found: dict[str, Any], path: Sequence[str], tell: Callable[[float], str]) -> Iterator[str]:
    real = _at(found["recorded"], path)
    yield "–" if real is None else tell(real)
    for each in found["simulated"].values():
        yield estimated(_at(each, path), tell)
    if found["differences"]:
        yield estimated(_at(found["differences"], path), tell)


def _at(value: Any, path: Sequence[str]) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


# -- calibration -----------------------------------------------------------------------------------------------


def calibration(told: Report, words: Words) -> str:
    """Tell how far the model is from the record, measure by measure."""
    found = told["simulation"]["calibration"]
    rows = [_calibration_row(measure(told, name, words), name, each, words) for name, each in found["measures"].items()]
    rows += [
        _calibration_row(
            words["of type"].format(type=escape(name_of(told, "types", id_))), "waiting_median", each, words
        )
        for id_, each in found["types"].items()
    ]
    head = words["measure"], words["off"], words["limits"], words["verdict"]
    return f"<p>{words['calibration says']}</p>" + table(head, rows) + _assumptions(told, words)


def measure(told: Report, name: str, words: Words) -> str:
    """Name a measure of the calibration, and say when it was fitted."""
    label = words["use_" if name == "use" else name]
    is_fitted = name == "waiting_median" and told["simulation"]["assumptions"]["pauses_fitted"]
    return f"{label}<small>{words['fitted']}</small>" if is_fitted else label


def _calibration_row(label: str, name: str, judged: dict[str, Any], words: Words) -> list[str]:
    good, fair = LIMITS[name]
    mark = {"good": "●", "fair": "◐", "poor": "○", "unknown": "–"}[judged["verdict"]]
    verdict = f'<span class="mark {judged["verdict"]}">{mark} {words[judged["verdict"]]}</span>'
    return [label, words.share(judged["off"]), f"{words.share(good)}, {words.share(fair)}", verdict]


def _assumptions(told: Report, words: Words) -> str:
    found = told["simulation"]["assumptions"]
    times = {name: words.number(value) for name, value in told["simulation"]["service_times"].items()}
    pauses = words["pauses fitted" if found["pauses_fitted"] else "pauses given"]
    sentences = (
        words[f"presence {found['presence']}"],
        words[f"service {found['service']}"].format(**times),
        pauses.format(pauses=words.number(found["pauses"], 2)),
        words["arrivals"],
    )
    return f"<h3>{words['assumed']}</h3><ul>{''.join(f'<li>{each}</li>' for each in sentences)}</ul>"


# -- waiting ---------------------------------------------------------------------------------------------------


def waiting(told: Report, words: Words) -> str:
    """Draw the distribution of waits, and what was finished on each day."""
    found = told["simulation"]
    limits = list(found["recorded"]["waiting"].get("within", {}))
    series = [Series(side, words[side], _within(found, side, limits)) for side in sides(told)]
    labels = [words.time(float(limit)).replace(_DECIMAL[words.language], "") for limit in limits]
    by_week = len({day for counts in found["days"].values() for day in counts}) > _MANY_DAYS
    counts = {side: _weekly(found["days"][side]) if by_week else found["days"][side] for side in sides(told)}
    every = sorted({day for each in counts.values() for day in each})
    done = [Series(side, words[side], [float(each.get(day, 0)) for day in every]) for side, each in counts.items()]
    name = words["by week" if by_week else "by day"]
    return (
        f"<p>{words['within']}</p>"
        + lines(series, labels, words["waiting"], tell=words.share, top=1.0)
        + (f"<h3>{name}</h3>" + lines(done, every, name, tell=words.number) if every else "")
    )


_DECIMAL = {"en": ".0", "ru": ",0"}


def _weekly(days: dict[str, int]) -> dict[str, int]:
    """Sum days up by week, named by its Monday."""
    found: dict[str, int] = {}
    for day, count in days.items():
        monday = date.fromisoformat(day)
        name = str(monday - timedelta(days=monday.weekday()))
        found[name] = found.get(name, 0) + count
    return found


def _within(found: dict[str, Any], side: str, limits: Sequence[str]) -> list[float]:
    if side == "recorded":
        return [found["recorded"]["waiting"]["within"][limit] for limit in limits]
    return [found["simulated"][side]["waiting"]["within"][limit]["mean"] for limit in limits]


def types(told: Report, words: Words) -> str:
    """Compare the sides type by type."""
    found = told["simulation"]
    names = list(found["recorded"]["types"])
    names += [name for name in found["simulated"]["a"]["types"] if name not in names]
    chart = [(name_of(told, "types", name), [*_mean_bars(told, name, words)]) for name in names]
    head = (
        words["type"],
        words["tasks"],
        words["side"],
        *(words[each] for each in _WAITS),
        words["late"],
        words["never taken"],
    )
    rows = [row for name in names for row in _type_rows(told, name, words)]
    drawn = bars([row for row in chart if row[1]], words["mean wait chart"], tell=words.time)
    return f"<p>{words['mean wait chart']}</p>{drawn}" + table(head, rows)


_WAITS = {"median wait": "median", "mean wait": "mean", "p90 wait": "p90", "longest wait": "longest"}


def _mean_bars(told: Report, name: str, words: Words) -> Iterator[Series]:
    found = told["simulation"]
    for side in sides(told):
        value = _at(found["recorded"] if side == "recorded" else found["simulated"][side], ("types", name, "mean"))
        if value is not None:
            yield Series(side, words[side], [value if side == "recorded" else value["mean"]])


def _type_rows(told: Report, name: str, words: Words) -> Iterator[list[str]]:
    found = told["simulation"]
    for side in [*sides(told), *(["b minus a"] if found["differences"] else [])]:
        first = side == "recorded"
        of = {"recorded": found["recorded"], "b minus a": found["differences"]}.get(side) or found["simulated"].get(
            side
        )
        cells = _at(of, ("types", name))
        if not cells:
            continue
        tell = _tell_plain if first else estimated
        yield [
            escape(name_of(told, "types", name)) if first else "",
            tell(cells.get("tasks"), words.number) if first else "",
            key(side, words) if side in SIDES else words[side],
            *(tell(cells.get(each), words.time) for each in _WAITS.values()),
            tell(cells.get("late"), words.share),
            tell(cells.get("never_taken"), words.number),
        ]


def _tell_plain(value: float | None, tell: Callable[[float], str]) -> str:
    return "–" if value is None else tell(value)


def priorities(told: Report, words: Words) -> str:
    """Tell for every priority how long what it handed out had waited."""
    found = told["simulation"]
    names = dict.fromkeys(name for side in found["simulated"].values() for name in side["priorities"])
    head = words["priority"], words["side"], words["tasks"], *(words[each] for each in _WAITS)
    rows = [
        [
            escape(name_of(told, "priorities", name)),
            key(side, words),
            *(estimated(cells.get(each), tell) for each, tell in [("tasks", words.number), *_timed(words)]),
        ]
        for name in names
        for side, of in found["simulated"].items()
        if (cells := of["priorities"].get(name))
    ]
    return table(head, rows)


def _timed(words: Words) -> list[tuple[str, Callable[[float], str]]]:
    return [(each, words.time) for each in _WAITS.values()]


def heat(told: Report, words: Words) -> str:
    """Draw the week of every side on one scale."""
    found = told["simulation"]["heat"]
    highest = max((value for side in found.values() for row in side for value in row), default=0)
    maps = "".join(
        f"<div><h3>{key(side, words)}</h3>{week(found[side], words.week, words[side], highest=highest)}</div>"
        for side in sides(told)
    )
    return f'<p>{words["week says"].format(highest=words.number(highest, 1))}</p><div class="maps">{maps}</div>'
