"""Lists: every item once and in order, however the end is told, wherever reading begins, whatever is broken."""

from __future__ import annotations

import threading

import pytest
from workplaces_amocrm.client.pages import Listing, page_of, pages, read_page
from workplaces_amocrm.errors import Unreachable
from workplaces_amocrm.settings import Settings


class Lists:
    """An account with one list of numbered tasks."""

    def __init__(self, count, *, next_before_empty=False, broken=(), failing=()):
        self.count, self.next_before_empty, self.broken, self.failing = count, next_before_empty, broken, set(failing)
        self.asked, self.lock = [], threading.Lock()

    def get(self, path, params=(), *, lane="bulk"):
        asked = dict(params)
        number, limit = int(asked["page"]), int(asked["limit"])
        with self.lock:
            self.asked.append(number)
        if number in self.failing:
            self.failing.discard(number)
            raise Unreachable("amoCRM answered 502")
        found = list(range(1, self.count + 1))[(number - 1) * limit : number * limit]
        if not found:
            return None
        more = self.count > number * limit or (self.next_before_empty and len(found) == limit)
        records = [None if task in self.broken else {"id": task} for task in found]
        return {"_links": {"next": {"href": "x"}} if more else {}, "_embedded": {"tasks": records}, "_page": number}


TASKS = Listing("/api/v4/tasks", "tasks", (("filter[is_completed]", "0"),), limit=10)


def ids(found):
    return [item["id"] for page in found for item in page.items]


@pytest.mark.parametrize("ahead", [1, 2, 8])
@pytest.mark.parametrize("next_before_empty", [False, True])
@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 20, 135])
def test_every_item_comes_once_and_in_order(count, next_before_empty, ahead):
    lists = Lists(count, next_before_empty=next_before_empty)
    assert ids(pages(lists, TASKS, ahead=ahead)) == list(range(1, count + 1))


def test_a_list_of_one_page_costs_one_call():
    lists = Lists(9)
    list(pages(lists, TASKS, ahead=8))
    assert lists.asked == [1]


def test_a_long_list_costs_few_calls_in_vain():
    lists = Lists(400)
    list(pages(lists, TASKS, ahead=4))
    assert len(lists.asked) <= 40 + 4


@pytest.mark.parametrize("ahead", [1, 4])
def test_reading_goes_on_after_the_last_page_that_came(ahead):
    lists = Lists(95, failing=[4])
    reading = pages(lists, TASKS, ahead=ahead)
    got = [next(reading) for _ in range(3)]
    with pytest.raises(Unreachable):
        next(reading)
    assert [page.number for page in got] == [1, 2, 3]
    got.extend(pages(lists, TASKS, start=got[-1].number + 1, ahead=ahead))
    assert ids(got) == list(range(1, 96))


def test_a_broken_record_is_set_aside_and_the_rest_goes_on():
    found = list(pages(Lists(25, broken={3, 11, 12}), TASKS))
    assert ids(found) == [task for task in range(1, 26) if task not in {3, 11, 12}]
    assert [problem.path for page in found for problem in page.problems] == [
        "/api/v4/tasks, page 1: tasks[2]", "/api/v4/tasks, page 2: tasks[0]", "/api/v4/tasks, page 2: tasks[1]",
    ]  # fmt: skip


def test_a_page_of_broken_records_only_does_not_end_the_list():
    assert ids(pages(Lists(30, broken=set(range(11, 21))), TASKS)) == [*range(1, 11), *range(21, 31)]


@pytest.mark.parametrize("answer", [[], 7, "x", {}, {"_embedded": 7}, {"_embedded": {"tasks": {}}}])
def test_what_is_no_page_never_ends_a_list_in_silence(answer):
    with pytest.raises(Unreachable, match="no page of `tasks`"):
        page_of(answer, TASKS, 1)


@pytest.mark.parametrize("answer", [{"_embedded": []}, {"_embedded": {}}, {"_embedded": {"tasks": []}}])
def test_an_empty_page_is_past_the_end(answer):
    assert page_of(answer, TASKS, 1) is None


@pytest.mark.parametrize("links", [None, [], 7, {"next": None}])
def test_odd_links_are_no_link_to_a_next_page(links):
    assert page_of({"_links": links, "_embedded": {"tasks": [{}]}}, TASKS, 1).last


def test_without_trust_in_links_only_an_empty_page_ends_a_list():
    listing = Listing.of(Settings(base_url="https://acme.amocrm.ru", last_page="empty_page"), "/api/v4/tasks", "tasks")
    assert not page_of({"_embedded": {"tasks": [{}]}}, listing, 1).last


def test_rows_do_not_move_while_one_reads_as_lists_are_in_order_of_ids():
    settings = Settings(base_url="https://acme.amocrm.ru")
    assert Listing.of(settings, "/p", "tasks", [("a", "b")]).query(3) == [
        ("a", "b"), ("order[id]", "asc"), ("limit", "250"), ("page", "3"),
    ]  # fmt: skip
    assert Listing.of(settings, "/p", "events", limit=100, order=None).query(1) == [("limit", "100"), ("page", "1")]


def test_memory_holds_no_more_pages_than_are_under_way():
    lists = Lists(1000)
    reading = pages(lists, TASKS, ahead=4)
    for _ in range(20):
        page = next(reading)
        assert max(lists.asked) - page.number <= 4
    reading.close()


def test_totals_are_told_where_amocrm_tells_them():
    assert page_of({"_total_items": 3, "_embedded": {"users": [{}]}}, Listing("/u", "users"), 1).total == 3
    assert read_page(Lists(3), TASKS, 1).total is None
