"""Charts as SVG, drawn by ourselves: lines, bars, and the week as a map. Colours are the page's, by class."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from html import escape
from math import sqrt

from attrs import frozen

WIDTH, HEIGHT = 720, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 130, 14, 40


@frozen
class Series:
    """Values with a label; `kind` names the class that colours them: recorded, a or b."""

    kind: str
    label: str
    values: Sequence[float]


def lines(
    series: Sequence[Series],
    labels: Sequence[str],
    title: str,
    *,
    tell: Callable[[float], str],
    top: float | None = None,
) -> str:
    """Draw lines over labelled places; each carries its name at its end, so that colour is not needed to tell them."""
    highest = top or max((value for each in series for value in each.values), default=0) or 1
    across, up = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM
    step = across / max(len(labels) - 1, 1)
    content = [*_grid(highest, up, across, tell), *_places(labels, step)]
    for each, (place, label_y) in zip(series, _apart(series, highest, up), strict=True):
        points = [(_LEFT + n * step, _TOP + up * (1 - value / highest)) for n, value in enumerate(each.values)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        content.append(f'<polyline class="line {each.kind}" points="{path}"/>')
        if len(points) <= 40:  # noqa: PLR2004 - more dots than that hide the line
            content += [
                f'<circle class="dot {each.kind}" cx="{x:.1f}" cy="{y:.1f}" r="3">'
                f"<title>{escape(each.label)}, {escape(labels[n])}: {escape(tell(each.values[n]))}</title></circle>"
                for n, (x, y) in enumerate(points)
            ]
        content.append(f'<text class="name {each.kind}" x="{place:.1f}" y="{label_y:.1f}">{escape(each.label)}</text>')
    return _svg(WIDTH, HEIGHT, title, content)


def _grid(highest: float, up: float, across: float, tell: Callable[[float], str]) -> Iterator[str]:
    for part in range(5):
        y = _TOP + up * (1 - part / 4)
        yield f'<line class="grid" x1="{_LEFT}" x2="{_LEFT + across}" y1="{y:.1f}" y2="{y:.1f}"/>'
        told = escape(tell(highest * part / 4))
        yield f'<text class="axis" x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{told}</text>'


def _places(labels: Sequence[str], step: float) -> Iterator[str]:
    # As many labels as fit without touching.
    widest = 14 + 7 * max(map(len, labels), default=0)
    every = max(1, -(-len(labels) * widest // (WIDTH - _LEFT - _RIGHT)))
    for number in range(0, len(labels), every):
        x = _LEFT + number * step
        yield f'<text class="axis" x="{x:.1f}" y="{HEIGHT - 16}" text-anchor="middle">{escape(labels[number])}</text>'


def _apart(series: Sequence[Series], highest: float, up: float) -> list[tuple[float, float]]:
    """Place the names at the ends of the lines, no two on one another."""
    ends = [_TOP + up * (1 - (each.values[-1] if len(each.values) else 0) / highest) + 4 for each in series]
    order, last = sorted(range(len(ends)), key=lambda number: ends[number]), -99.0
    for number in order:
        ends[number] = last = max(ends[number], last + 15)
    return [(WIDTH - _RIGHT + 8, end) for end in ends]


def bars(rows: Sequence[tuple[str, Sequence[Series]]], title: str, *, tell: Callable[[float], str]) -> str:
    """Draw groups of horizontal bars: a group a row, a bar a series with one value; lengths are square roots.

    Waits go from minutes to weeks; on a plain scale the short ones would all look like nothing.
    """
    highest = max((each.values[0] for _, group in rows for each in group), default=0)
    left, wide, y, content = 240, WIDTH - 240 - 90, 6, list[str]()
    for label, group in rows:
        middle = y + 7 * len(group) + 4
        content.append(
            f'<text class="row" x="{left - 10}" y="{middle:.0f}" text-anchor="end">{escape(_cut(label))}</text>'
        )
        for each in group:
            length = wide * _grown(each.values[0]) / (_grown(highest) or 1)
            told = tell(each.values[0])
            hint = f"<title>{escape(label)}, {escape(each.label)}: {escape(told)}</title>"
            size = f'x="{left}" y="{y}" width="{max(length, 1):.1f}" height="11" rx="2"'
            content += [
                f'<rect class="bar {each.kind}" {size}>{hint}</rect>',
                f'<text class="value" x="{left + max(length, 1) + 6:.1f}" y="{y + 9.5}">{escape(told)}</text>',
            ]
            y += 14
        y += 10
    return _svg(WIDTH, y, title, content)


def _grown(value: float) -> float:
    return sqrt(max(value, 0))


def _cut(text: str, longest: int = 32) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def week(cells: Sequence[Sequence[float]], days: Sequence[str], title: str, *, highest: float) -> str:
    """Draw a week, a row a day and a column an hour; the darker, the more; every cell tells its value."""
    size, left, content = 15, 34, list[str]()
    for row, day in enumerate(days):
        content.append(
            f'<text class="axis" x="{left - 6}" y="{row * size + 27}" text-anchor="end">{escape(day)}</text>'
        )
        for hour in range(24):
            value = cells[row][hour]
            share = min(value / highest, 1) if highest else 0
            place = f'x="{left + hour * size}" y="{row * size + 16}" width="{size - 1}" height="{size - 1}"'
            hint = f"<title>{escape(day)} {hour:02}:00: {value:.1f}</title>"
            content.append(f'<rect class="cell" {place} style="fill-opacity:{share:.2f}">{hint}</rect>')
    for hour in range(0, 24, 3):
        content.append(f'<text class="axis" x="{left + hour * size}" y="11">{hour:02}</text>')
    return _svg(left + 24 * size + 4, 7 * size + 18, title, content)


def _svg(width: float, height: float, title: str, content: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {width} {height}" style="max-width:{width}px" role="img" aria-label="{escape(title)}">'
        f"{''.join(content)}</svg>"
    )
