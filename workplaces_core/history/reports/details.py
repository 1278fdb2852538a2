"""The later sections of a report page: differences by reason, people, longest waits, examples, and every figure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from typing import Any

from workplaces_core.history.reports.figures import figures
from workplaces_core.history.reports.sections import Report, key, name_of, sides, table
from workplaces_core.history.reports.words import Words

_MOST = 60


def differences(told: Report, words: Words) -> str:
    """Tell why the policies differ, hand-out by hand-out; empty without a replay of two policies."""
    found = (told["replay"] or {}).get("differences")
    if not found:
        return ""
    total = found["same"] + found["different"]
    share = words.share(found["different"] / total if total else 0)
    says = words["differences says"].format(
        different=words.number(found["different"]), all=words.number(total), share=share
    )
    rows = [
        [escape(words[each["reason"]]), escape(each["part"] or ""), words.number(each["count"])]
        for each in found["reasons"]
    ]
    return f"<p>{says}</p>" + table((words["reason"], words["part"], words["count"]), rows)


def people(told: Report, words: Words) -> str:
    """Tell what everybody took, and how busy he was in the time he was there."""
    shown = sides(told)
    listed = sorted(told["simulation"]["people"], key=lambda each: -each["recorded"]["taken"])[:_MOST]
    head = [
        words["employee"],
        *(f"{key(side, words)}<br>{words[name]}" for name in ("taken", "busy") for side in shown),
    ]
    rows = [
        [
            escape(name_of(told, "users", each["user"])),
            *(words.number(each[side]["taken"]) for side in shown),
            *(words.share(_use(each[side])) for side in shown),
        ]
        for each in listed
    ]
    return table(head, rows)


def _use(side: dict[str, float]) -> float:
    return side["busy"] / side["present"] if side["present"] else 0.0


def longest(told: Report, words: Words) -> str:
    """List the tasks that waited longest on each side."""
    head = words["side"], words["task"], words["type"], words["ready"], words["waited"], words["employee"]
    rows = [
        [
            key(side, words),
            escape(each["task"]),
            escape(name_of(told, "types", each["type"])),
            escape(each["ready"][:16].replace("T", " ")),
            words.time(each["waited"]),
            escape(name_of(told, "users", each["user"])) if each["user"] else words["nobody"],
        ]
        for side in sides(told)
        for each in told["simulation"]["longest"][side]
    ]
    return table(head, rows, text=True)


def examples(told: Report, words: Words) -> str:
    """Show decisions on which the policies differ, with the reasons in sentences."""
    return "".join(_example(each, words) for each in told["examples"])


def _example(example: dict[str, Any], words: Words) -> str:
    named = {name: told or words["nothing"] for name, told in example["named"][words.language].items()}
    says = words["example"].format(**named)
    why = "".join(
        f"<p>{words[name]}</p><ul>{''.join(_lines(found[words.language]))}</ul>"
        for name, found in (("why not a", example["why_not_a"]), ("why b", example["why_b"]))
        if found
    )
    reason = words[example["reason"]] + (f" ({example['part']})" if example["part"] else "")
    return f'<div class="why"><strong>{escape(reason)}</strong><p>{escape(says)}</p>{why}</div>'


def _lines(lines: list[dict[str, Any]]) -> Iterator[str]:
    for each in lines:
        side = f' class="{each["side"]}"' if each["side"] else ""
        yield f'<li{side} style="margin-left:{each["depth"] * 16}px">{escape(each["text"])}</li>'


def every_figure(told: Report, words: Words) -> str:
    """List all figures with their paths, as in the JSON; folded, for those who look something up."""
    rows = [[f"<code>{escape(path)}</code>", escape(written(value))] for path, value in figures(told)]
    return (
        f"<p>{words['every figure says']}</p><details><summary>{len(rows)}</summary>"
        + table((words["path"], words["value"]), rows)
        + "</details>"
    )


def written(value: Any) -> str:
    """Write a figure as JSON has it, a text as it is."""
    return value if isinstance(value, str) else json.dumps(value)
