"""Logs as they are exported in fact: too many cells, quotes left open, beginnings without an end, gaps of the clock."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime

import pytest
from attrs import evolve

from workplaces_core.cli import main
from workplaces_core.errors import InvalidInput
from workplaces_core.history.events import TAKEN
from workplaces_core.history.mapping import CSV, XES, Mapping, load_mapping
from workplaces_core.history.observed_policy import observed_roles
from workplaces_core.history.work_items import Reading, Rejected, WorkItem, history, read_items
from workplaces_core.history.xes import read_xes

HEADER = "case,activity,resource,start,complete\n"
TIMES = "2026-11-24T09:00:00Z,2026-11-24T09:10:00Z"


def row(case, rest="Call,ann"):
    """A row of the log."""
    return f"{case},{rest},{TIMES}\n"


def read(*lines, header=HEADER, mapping=CSV):
    """What is read: good cases, and what was set aside."""
    rows = list(read_items([header, *lines], mapping))
    return [each.case for each in rows if isinstance(each, WorkItem)], [
        each for each in rows if isinstance(each, Rejected)
    ]


def at(text):
    return datetime.fromisoformat(text).astimezone(UTC)


# -- cells


def test_a_row_whose_cells_moved_is_set_aside_as_it_stands():
    header = "start,complete,note,activity,resource,case\n"
    cases, [bad] = read(f"{TIMES},called, no answer,Call,ann,77\n", f"{TIMES},ok,Call,ann,78\n", header=header)

    assert cases == ["78"]
    assert str(bad.problem) == "line 2: row: must have 6 cells as the header has, not 7"
    assert bad.row == (f"{TIMES},called, no answer,Call,ann,77",)


def test_a_row_with_too_few_cells_is_set_aside_even_when_the_mapping_needs_no_more():
    cases, [bad] = read(row(7), header=HEADER.strip() + ",note\n")

    assert (cases, bad.line) == ([], 2)
    assert "must have 6 cells as the header has, not 5" in bad.message


def test_a_column_that_is_there_twice_is_refused_by_its_name():
    with pytest.raises(InvalidInput, match="must have a column start, and only one"):
        read(row(7).strip() + ",2026-11-23T09:00Z\n", header=HEADER.strip() + ",start\n")


def test_a_column_that_nobody_asks_for_may_be_there_twice():
    assert read(row(7).strip() + ",a,b\n", header=HEADER.strip() + ",note,note\n")[0] == ["7"]


def test_what_is_set_aside_can_be_read_again_with_its_quotes():
    line = '7,"Call, later",ann,2026-11-24T09:00Z,never\n'
    _, [bad] = read(line)
    cases, [again] = read(",".join(bad.row))

    assert (cases, again.row, again.value) == ([], (line.strip(),), "never")


def test_the_rows_of_rejected_csv_are_rows_of_the_log(tmp_path):
    lines = ['7,"Call, later",ann,2026-11-24T09:00Z,never', '8,"a\nb",ann,never,never']
    (tmp_path / "log.csv").write_text(HEADER + row(1) + "\n".join(lines) + "\n", encoding="utf-8")
    assert main(["history", "from-work-items", str(tmp_path / "log.csv"), "--out", str(tmp_path / "out")]) == 0
    with (tmp_path / "out" / "rejected.csv").open(encoding="utf-8", newline="") as stream:
        found = list(csv.DictReader(stream))

    assert [each["row"] for each in found] == lines


# -- quotes


@pytest.mark.parametrize("after", [5, 5000], ids=["up to the end", "more than a cell can hold"])
def test_a_quote_that_is_not_closed_costs_its_own_line_only(after):
    cases, [bad] = read(row(1), '2,"Call,ann,x,y\n', *(row(number) for number in range(3, 3 + after)))

    assert cases == ["1", *(str(number) for number in range(3, 3 + after))]
    assert (bad.line, bad.last_line, bad.row) == (3, 3, ('2,"Call,ann,x,y',))
    assert "is not CSV: it opens a quote that takes the lines to " in bad.message


def test_a_quote_that_meets_the_next_one_costs_its_own_line_only():
    cases, [bad] = read('1,"Call,ann,x,y\n', row(2), row(3, '"Call, later",ann'), row(4))

    assert (cases, bad.line) == (["2", "3", "4"], 2)
    assert "takes the lines to 4 with it" in bad.message


def test_two_stray_quotes_do_not_make_one_item_of_all_between_them():
    cases, [bad] = read(row(1, '"Call,ann'), row(2), row(3), row(4, 'Call",ann'))

    assert (cases, bad.line) == (["2", "3", "4"], 2)
    assert "after lines that are rows by themselves" in bad.message


def test_a_cell_may_have_several_lines():
    text = row(7).strip() + ',"left, 1,2,3,4\nand again\n"\n8,Call,ann,a,b,"one\ntwo"\n' + row(9).strip() + ",\n"
    cases, [bad] = read(*text.splitlines(keepends=True), header=HEADER.strip() + ",note\n")

    assert cases == ["7", "9"]
    assert (bad.line, bad.last_line) == (5, 6)


def test_lines_of_a_row_are_counted_as_in_the_file():
    lines = '7,Call,ann,a,b,"one\ntwo"\n8,Call,ann,a,b,\n'.splitlines(keepends=True)
    _, (first, second) = read(*lines, header=HEADER.strip() + ",note\n")

    assert (first.line, first.last_line, second.line, second.last_line) == (2, 3, 4, 4)
    assert str(first.problem).startswith("lines 2 to 3: start: ")
    assert first.row == ('7,Call,ann,a,b,"one\ntwo"',)


def test_of_a_cell_that_is_too_long_the_beginning_is_kept():
    cases, [bad] = read(row(1), row(2, "x" * 200_000 + ",ann"), row(3))

    assert cases == ["1", "3"]
    assert (bad.line, bad.row[0][:4]) == (3, "2,xx")
    assert bad.row[0].endswith("… (200048 characters)")


def test_a_header_with_a_quote_that_is_not_closed_is_refused():
    with pytest.raises(InvalidInput, match=r"line 1: .* must name the columns, and is not CSV"):
        read(row(1), header='case,"activity,resource,start,complete\n')


# -- clocks


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-03-29T01:59:59", "2026-03-29T00:59:59Z"),
        ("2026-03-29T02:00:00", "2026-03-29T01:00:00Z"),
        ("2026-03-29T02:30", "2026-03-29T01:00:00Z"),
        ("2026-03-29T02:59:59.5", "2026-03-29T01:00:00Z"),
        ("2026-03-29T03:00", "2026-03-29T01:00:00Z"),
        ("2026-10-25T02:30", "2026-10-25T00:30:00Z"),  # twice on the wall: the first
        ("2026-11-24 09:00:00", "2026-11-24T08:00:00Z"),
        ("2026-11-24 09:00:00+01:00", "2026-11-24T08:00:00Z"),
        ("2026-11-24 09:00:00Z", "2026-11-24T09:00:00Z"),
    ],
)
def test_a_wall_time_becomes_an_instant_as_the_semantics_say(text, instant):
    (item,) = read_items([HEADER, f"7,Call,ann,{text},2026-12-01T09:00Z\n"], Mapping(timezone="Europe/Berlin"))

    assert isinstance(item, WorkItem)
    assert item.start == at(instant)


def test_a_refused_value_is_shown_as_it_stands_under_the_name_it_has_in_the_file():
    mapping = Mapping(start="begin", complete="end", timezone="Europe/Berlin")
    header = "case,activity,resource,begin,end\n"
    _, bad = read("7,Call,ann,2026-11-24T10:00,2026-11-24T09:00\n", "7,Call,ann,x,y\n", header=header, mapping=mapping)

    assert [str(each.problem)[:60] for each in bad] == [
        'line 2: end: `"2026-11-24T09:00"` must not lie before begin',
        'line 3: begin: `"x"` must be an instant YYYY-MM-DDTHH:MM[:SS',
    ]


# -- who did it


def test_a_mapping_lists_all_that_are_not_people():
    items = list(read_items([HEADER, row(1, "Call,SYS"), row(2, "Call,BOT")], Mapping(system=("BOT",))))
    assert [(item.resource, item.is_human) for item in items if isinstance(item, WorkItem)] == [
        ("SYS", True),
        ("SYS", False),
    ]
    events = list(history([item for item in items if isinstance(item, WorkItem)], Reading()))

    assert [event.value for event in events if event.kind == TAKEN] == [{"user": "SYS", "task": "1-1"}]
    assert {event.id: event.value.get("active", True) for event in events if event.kind == "user" and event.value} == {
        "SYS": True,
        "nobody-yet": False,
        "SYS-2": False,
    }
    done = [event.value for event in events if event.kind == "task" and event.value and event.value.get("completed")]
    assert [(task["id"], task["responsible"]) for task in done] == [("1-1", "SYS"), ("2-1", "SYS-2")]
    (role,) = observed_roles([item for item in items if isinstance(item, WorkItem)], "UTC")
    assert role.members == ("SYS",)


def test_a_person_called_like_nobody_stays_active():
    rows = [HEADER, row(1, "Call,nobody-yet"), row(2, "Call,nobody-yet-2")]
    events = list(history([item for item in read_items(rows) if isinstance(item, WorkItem)], Reading()))
    users = {event.id: event.value.get("active", True) for event in events if event.kind == "user" and event.value}
    waiting = {
        event.value["responsible"]
        for event in events
        if event.kind == "task" and event.value and "completed" not in event.value
    }

    assert users == {"nobody-yet": True, "nobody-yet-2": True, "nobody-yet-3": False, "SYS": False}
    assert waiting == {"nobody-yet-3"}


def test_days_of_an_activity_that_the_log_does_not_have_are_refused():
    items = [item for item in read_items([HEADER, row(1)]) if isinstance(item, WorkItem)]

    with pytest.raises(InvalidInput, match='days: `"Typo"` is no activity of the log'):
        history(items, Reading(days={"Typo": 1, "Call": 1}))
    assert list(history([], Reading(days={"Typo": 1}))) == []


@pytest.mark.parametrize("name", ["case", "start", "begins"])
def test_a_mapping_names_no_column_with_an_empty_text(tmp_path, name):
    (tmp_path / "m.json").write_text(json.dumps({name: ""}), encoding="utf-8")
    with pytest.raises(InvalidInput, match=f'{name}: `""` must not be empty'):
        load_mapping(tmp_path / "m.json", CSV)


# -- XES


def event(activity, resource, when, step=None, key="time:timestamp"):
    """An event in XES."""
    told = {"concept:name": activity, "org:resource": resource, "lifecycle:transition": step}
    texts = "".join(f'<string key="{name}" value="{value}"/>' for name, value in told.items() if value)
    return f'<event>{texts}<date key="{key}" value="2026-11-24T{when}"/></event>'


def from_xes(tmp_path, *events, mapping=XES, around="<trace>{}</trace>"):
    """What is read of one trace."""
    case = '<string key="concept:name" value="7"/>'
    text = f"<log>{around.format(case + ''.join(events))}</log>"
    (tmp_path / "log.xes").write_text(text, encoding="utf-8")
    rows = list(read_xes(tmp_path / "log.xes", mapping))
    return [each for each in rows if isinstance(each, WorkItem)], [each for each in rows if isinstance(each, Rejected)]


def test_what_was_begun_and_never_completed_is_set_aside(tmp_path):
    items, bad = from_xes(
        tmp_path,
        event("A", "x", "09:00Z", "start"),
        event("B", "x", "09:01Z", "complete"),
        event("B", "x", "09:02Z", "START"),  # after its completion
        event("C", "x", "09:03Z", "start"),
        event("C", "z", "09:04Z", "complete"),  # somebody else's
        event("D", "x", "09:05Z", "suspend"),
    )

    assert [(item.activity, item.resource) for item in items] == [("B", "x"), ("C", "z")]
    assert [(each.line, each.column, each.value) for each in bad] == [
        (1, "lifecycle:transition", "start"),
        (3, "lifecycle:transition", "START"),
        (4, "lifecycle:transition", "start"),
    ]
    assert "does not complete" in bad[0].message
    assert bad[0].row[0] == "concept:name=A"


def test_events_outside_of_a_trace_are_set_aside_and_counted_as_events(tmp_path):
    around = event("A", "x", "09:00Z") + "<trace>{}</trace>" + event("A", "x", "09:10Z")
    items, bad = from_xes(tmp_path, event("B", "y", "09:05Z"), around=around)

    assert [item.activity for item in items] == ["B"]
    assert [(each.line, each.column) for each in bad] == [(1, "event"), (3, "event")]
    assert bad[1].row[:2] == ("concept:name=A", "org:resource=x")


def test_what_is_no_log_is_refused_with_its_outermost_element(tmp_path):
    path = tmp_path / "page.xes"
    path.write_text("<html><body/></html>", encoding="utf-8")
    with pytest.raises(InvalidInput, match=r'page\.xes: `"html"` is not XES'):
        list(read_xes(path))


def test_a_bad_time_is_that_of_the_event_that_has_it(tmp_path):
    _, [bad] = from_xes(tmp_path, event("A", "x", "quarter", "start"), event("A", "x", "09:00Z", "complete"))

    assert (bad.line, bad.column, bad.value) == (1, "time:timestamp", "2026-11-24Tquarter")
    assert bad.row[-1] == "time:timestamp=2026-11-24Tquarter"


def test_a_refused_time_is_shown_as_it_stands_in_the_file(tmp_path):
    mapping = evolve(XES, start="b", timezone="Europe/Berlin")
    both = event("A", "x", "09:00").replace("</event>", '<date key="b" value="2026-11-24T10:00"/></event>')
    _, bad = from_xes(tmp_path, both, event("A", "x", "09:00"), event("", "x", "09:00"), mapping=mapping)

    assert [(each.line, each.column, each.value) for each in bad] == [
        (1, "time:timestamp", "2026-11-24T09:00"),
        (2, "b", None),
        (3, "concept:name", None),
    ]
    assert bad[0].message == "must not lie before b"


def test_a_trace_without_a_name_is_told_apart_from_an_activity_without_one(tmp_path):
    around = f"<trace>{event('A', 'x', '09:00Z')}</trace><!--{{}}-->"
    _, [bad] = from_xes(tmp_path, around=around)

    assert (bad.column, bad.value, bad.message) == ("concept:name of the trace", None, "is missing")
