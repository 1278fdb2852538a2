"""The supervisor's board in a real browser: live, idle ones first, with what needs a hand."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from playwright.sync_api import expect

from plugins.web.tests.browser.offices import account, policy, task
from workplaces_core.changes import Remove


def test_the_board_follows_what_employees_do(serve, page, browser, look):
    missed = task("пропущен", "boris", due=datetime(2026, 11, 24, 6, 30, tzinfo=UTC))
    site = serve(account(task("t1"), task("t2"), missed, task("встреча", "zoe", type="2")), policy())
    site.person("zoe", "supervisor", "zoe")
    site.person("anna", "employee", "anna")
    site.sign_in(page, "zoe", "/board")
    rows = page.locator("#board-people tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("мог бы взять: Сделка t1")
    expect(page.locator("#board-exact")).to_contain_text(re.compile(r"09:30\s+Сделка пропущен"))
    expect(page.locator("#board-uncovered")).to_contain_text("ни одно правило: 1")
    other = browser.new_context(locale="ru-RU").new_page()
    site.sign_in(other, "anna")
    other.get_by_role("button", name="Взять").click()
    expect(rows.filter(has_text="Анна")).to_contain_text(re.compile(r"работает.*Сделка t1.*0 мин", re.DOTALL))
    expect(rows.first).to_contain_text("Борис")
    other.locator("#result").press("Enter")
    expect(rows.filter(has_text="Анна").locator(".num")).to_have_text("1")
    expect(page.locator("wp-day-chart")).to_have_attribute("aria-label", re.compile("взято 1, сделано 1"))
    expect(page.locator("wp-day-chart canvas")).to_be_visible()
    look(page)
    other.context.close()


def test_a_transfer_that_went_only_part_of_the_way_is_given_back_from_the_board(serve, page, browser, look):
    site = serve(account(task("t1", "gone")), policy(common=True))
    site.person("zoe", "supervisor", "zoe")
    site.person("anna", "employee", "anna")
    gone = Remove("deal", "d-t1")
    site.crm.faults.meanwhile(lambda: site.crm.put(gone), method="set_responsible", after=1)
    site.sign_in(page, "zoe", "/board")
    expect(page.locator("#board-transfers")).to_contain_text("Нет.")
    other = browser.new_context(locale="ru-RU").new_page()
    site.sign_in(other, "anna")
    other.get_by_role("button", name="Взять").click()
    expect(other.locator(".current")).to_be_visible()
    expect(page.locator("#board-transfers")).to_contain_text("закреплено не всё")
    look(page)
    assert site.crm.snapshot.tasks["t1"].responsible == "anna"
    with page.expect_response("**/give-back"):
        page.get_by_role("button", name="Вернуть изменённое").click()
    assert site.crm.snapshot.tasks["t1"].responsible == "gone"
    other.context.close()
