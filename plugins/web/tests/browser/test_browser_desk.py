"""The employee's desk in a real browser: what is shown, timer, keyboard, loss of connection, changes beneath."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from threading import Event

import attrs
import pytest
from playwright.sync_api import expect

from plugins.web.tests.browser.offices import TODAY, account, policy, task
from workplaces_core.changes import Set


def _office(serve, *tasks, common=False, **settings):
    site = serve(account(*tasks), policy(common=common), **settings)
    site.person("anna", "employee", "anna")
    site.person("boris", "employee", "boris")
    return site


def _seconds(page) -> int:
    minutes, seconds = page.locator("wp-timer").inner_text().split(":")
    return 60 * int(minutes) + int(seconds)


def test_a_task_is_taken_and_finished_with_the_keyboard_alone(serve, page, look):
    site = _office(serve, task("ромашка", due=TODAY - timedelta(days=2)), task("вектор"))
    site.sign_in(page, "anna")
    expect(page.get_by_role("button", name="Взять")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Сделка ромашка")).to_be_visible()
    expect(page.locator(".due")).to_have_text("просрочена на 2 дня")
    expect(page.locator(".text")).to_have_text("Перезвонить: ромашка")
    expect(page.locator(".links")).to_contain_text("Ирина Белова")
    expect(page.locator(".next")).to_contain_text("Сделка вектор")
    look(page)
    expect(page.locator("#result")).to_be_focused()
    page.keyboard.type("Договорились")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Взять")).to_be_focused()
    expect(page.locator(".offer .subject")).to_have_text("Сделка вектор")
    assert site.crm.snapshot.tasks["ромашка"].completed


def test_a_reload_keeps_the_timer_and_it_never_goes_back(serve, page):
    site = _office(serve, task("t1"))
    site.sign_in(page, "anna")
    page.get_by_role("button", name="Взять").click()
    expect(page.locator("wp-timer")).to_be_visible()
    site.clock.forward(minutes=12)
    page.reload()
    before = _seconds(page)
    assert 720 <= before < 780
    page.reload()
    assert _seconds(page) >= before


def test_two_screens_show_the_same_timer(serve, page, browser):
    site = _office(serve, task("t1"))
    site.sign_in(page, "anna")
    page.get_by_role("button", name="Взять").click()
    expect(page.locator("wp-timer")).to_be_visible()
    site.clock.forward(minutes=3)
    page.reload()
    other = browser.new_context(locale="ru-RU").new_page()
    site.sign_in(other, "anna")
    assert abs(_seconds(other) - _seconds(page)) <= 1
    other.context.close()


def test_typed_words_survive_news_about_other_things(serve, page):
    site = _office(serve, task("t1"), task("t2"))
    site.sign_in(page, "anna")
    page.get_by_role("button", name="Взять").click()
    page.locator("#result").fill("почти дописал")
    expect(page.locator(".left")).to_contain_text("Осталось 1")
    site.edit("task", task("t3", subject=None))
    expect(page.locator(".left")).to_contain_text("Осталось 2")
    expect(page.locator("#result")).to_have_value("почти дописал")
    expect(page.locator("#result")).to_be_focused()


def test_a_task_taken_away_beneath_one_is_said_until_it_is_read(serve, page, look):
    site = _office(serve, task("t1"), task("t2"))
    site.sign_in(page, "anna")
    page.get_by_role("button", name="Взять").click()
    expect(page.locator("wp-timer")).to_be_visible()
    site.edit("task", attrs.evolve(task("t1"), completed=True))
    expect(page.locator(".notice")).to_contain_text("Задачу завершили в CRM")
    look(page)
    page.reload()
    expect(page.locator(".notice")).to_be_visible()
    page.get_by_role("button", name="Прочитано").click()
    expect(page.locator(".notice")).to_have_count(0)


def test_later_gives_the_task_another_day_and_gives_back_asks_why(serve, page):
    site = _office(serve, task("t1"), task("t2"))
    site.sign_in(page, "anna")
    page.keyboard.press("Enter")
    expect(page.locator("#result")).to_be_focused()
    page.locator("#result").blur()
    page.keyboard.press("2")
    page.get_by_role("button", name="завтра утром").click()
    expect(page.locator(".offer .subject")).to_have_text("Сделка t2")
    assert site.crm.snapshot.tasks["t1"].due == date(2026, 11, 25)
    page.get_by_role("button", name="Взять").click()
    page.get_by_role("button", name=re.compile("Вернуть")).click()
    page.keyboard.type("не мой клиент")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Взять")).to_be_visible()
    released = [each for each in site.service.log() if each.event == "released"]
    assert [each.details["reason"] for each in released] == ["не мой клиент"]


def test_an_exact_time_may_be_typed_and_means_the_zone_of_the_role(serve, browser):
    site = _office(serve, task("t1"))
    page = browser.new_context(locale="ru-RU", timezone_id="America/New_York").new_page()
    site.sign_in(page, "anna")
    page.get_by_role("button", name="Взять").click()
    page.get_by_role("button", name=re.compile("Позже")).click()
    page.locator("[data-date]").fill("2026-11-26")
    page.locator("[data-time]").fill("15:30")
    page.get_by_role("button", name="Перенести").click()
    expect(page.locator(".nothing")).to_be_visible()
    assert site.crm.snapshot.tasks["t1"].due.isoformat() == "2026-11-26T12:30:00+00:00"
    page.context.close()


def test_an_exact_time_coming_up_counts_down_and_does_not_tear_the_current_task_away(serve, page, look):
    site = _office(serve, task("t1"), task("смирнов", due=datetime(2026, 11, 24, 7, 9, tzinfo=UTC)))
    site.sign_in(page, "anna")
    page.get_by_role("button", name="Взять").click()
    expect(page.locator(".current .subject")).to_have_text("Сделка t1")
    expect(page.locator(".coming")).to_contain_text(re.compile(r"10:09.*Сделка смирнов.*через 9 мин", re.DOTALL))
    expect(page.locator(".coming")).not_to_have_class(re.compile("soon"))
    site.clock.forward(minutes=5)
    page.reload()
    expect(page.locator(".coming")).to_have_class(re.compile("soon"))
    expect(page.locator(".current .subject")).to_have_text("Сделка t1")
    look(page)


def test_the_desk_says_when_it_is_offline_and_goes_on_by_itself(serve, page):
    site = _office(serve, task("t1"))
    site.sign_in(page, "anna")
    page.get_by_role("button", name="Взять").click()
    expect(page.locator("wp-timer")).to_be_visible()
    page.context.set_offline(True)
    expect(page.locator("#offline")).to_be_visible()
    page.locator("#result").fill("готово")
    page.keyboard.press("Enter")
    expect(page.locator(".form-error")).to_contain_text("Нет связи")
    site.edit("task", task("t2"))
    page.context.set_offline(False)
    expect(page.locator("#offline")).to_be_hidden()
    expect(page.locator(".left")).to_contain_text("Осталось 1")
    expect(page.locator("#result")).to_have_value("готово")
    page.locator("#result").press("Enter")
    expect(page.locator(".offer")).to_be_visible()
    assert site.crm.snapshot.tasks["t1"].completed


def test_why_this_one_is_explained_in_place(serve, page, look):
    site = _office(serve, task("t1"))
    site.sign_in(page, "anna")
    page.locator("main").press("4")
    expect(page.locator("#why")).to_contain_text("Она следующая: первая в очереди роли «Отдел продаж»")
    expect(page.locator("#why")).to_contain_text("Приоритет «Звонки»")
    assert "(calls)" not in page.locator("#why").inner_text()
    look(page)


def test_without_a_role_the_desk_says_which_comes_next(serve, page):
    site = _office(serve, task("t1"))
    site.clock.forward(hours=10)
    site.sign_in(page, "anna")
    expect(page.locator(".nothing")).to_contain_text("Следующая: Отдел продаж с ср 25 ноября, 09:00")


def test_with_nothing_to_do_it_says_when_the_next_task_opens(serve, page):
    site = _office(serve, task("t1", due=datetime(2026, 11, 24, 12, 30, tzinfo=UTC)))
    site.sign_in(page, "anna")
    expect(page.locator(".nothing")).to_contain_text("Следующая задача откроется в 15:25")


@pytest.mark.parametrize(
    ("language", "take", "left"), [("ru-RU", "Взять", "Осталось 1"), ("en-US", "Take", "Left today 1")]
)
def test_the_desk_speaks_the_language_of_the_browser_and_the_one_that_was_chosen(serve, browser, language, take, left):
    site = _office(serve, task("t1"))
    page = browser.new_context(locale=language).new_page()
    site.sign_in(page, "anna")
    expect(page.get_by_role("button", name=take)).to_be_visible()
    expect(page.locator(".left")).to_contain_text(left)
    page.locator(".who a[lang]").click()
    expect(page.get_by_role("button", name={"Взять": "Take", "Take": "Взять"}[take])).to_be_visible()
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_into_320_pixels(serve, browser, look, scheme):
    site = _office(serve, task("ооо очень-длинное-название-одним-словом-без-пробелов"))
    page = browser.new_context(locale="ru-RU", viewport={"width": 320, "height": 640}, color_scheme=scheme).new_page()
    site.sign_in(page, "anna", "/desk?frame=1")
    page.get_by_role("button", name="Взять").click()
    expect(page.locator("wp-timer")).to_be_visible()
    expect(page.locator("header.top")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    small = page.evaluate(
        """[...document.querySelectorAll("button, input:not([type=hidden])")]
            .filter(each => each.checkVisibility() && each.getBoundingClientRect().height < 40)
            .map(each => each.outerHTML)"""
    )
    assert small == []
    look(page, scheme)
    page.context.close()


def test_fifty_races_for_one_task_of_the_common_queue_have_one_winner_each(serve, page, browser):
    site = _office(serve, *(task(f"t{number:02}", "gone") for number in range(50)), common=True)
    other = browser.new_context(locale="ru-RU").new_page()
    site.sign_in(page, "anna")
    site.sign_in(other, "boris")
    script = """async () => {
        const token = document.querySelector("meta[name=csrf]").content;
        const headers = {"Content-Type": "application/json", "X-CSRF-Token": token};
        const call = async (path, body) =>
            (await fetch(path, {method: "POST", body: body && JSON.stringify(body), headers})).json();
        const taken = [];
        for (;;) {
            const {lease} = await call("/api/v1/desk/take");
            if (!lease) return taken;
            taken.push(lease.task);
            await call("/api/v1/desk/finish", {fence: lease.fence});
        }}"""
    for each in (page, other):
        each.evaluate(f"() => {{ window.race = ({script})(); }}")
    won = [each.evaluate("window.race") for each in (page, other)]
    assert sorted(won[0] + won[1]) == [f"t{number:02}" for number in range(50)]
    expect(page.locator(".nothing")).to_be_visible()
    expect(other.locator(".nothing")).to_be_visible()
    other.context.close()


def test_two_who_press_the_button_at_once_get_two_tasks(serve, page, browser):
    site = _office(serve, task("t1", "gone"), task("t2", "gone"), common=True)
    other = browser.new_context(locale="ru-RU").new_page()
    site.sign_in(page, "anna")
    site.sign_in(other, "boris")
    for each in (page, other):
        each.get_by_role("button", name="Взять").click(no_wait_after=True)
    titles = set()
    for each in (page, other):
        expect(each.locator(".current .subject")).to_be_visible()
        titles.add(each.locator(".current .subject").inner_text())
    assert titles == {"Сделка t1", "Сделка t2"}
    other.context.close()


def test_while_a_task_changes_hands_the_desk_says_so_and_then_settles(serve, page, look):
    site, goes_on = _office(serve, task("t1", "gone"), common=True), Event()
    site.crm.faults.meanwhile(lambda: goes_on.wait(20), method="set_responsible")
    site.sign_in(page, "anna")
    expect(page.locator(".offer")).to_contain_text("из общей очереди")
    page.get_by_role("button", name="Взять").click()
    expect(page.locator(".assigning")).to_have_text("Закрепляем за вами…")
    look(page)
    goes_on.set()
    expect(page.locator(".assigning")).to_have_count(0)
    expect(page.locator(".current .subject")).to_have_text("Сделка t1")
    assert site.crm.snapshot.tasks["t1"].responsible == "anna"


def test_a_colleague_who_was_faster_is_named(serve, page):
    site = _office(serve, task("t1", "gone"), common=True)
    faster = Set("task", task("t1", "zoe"))
    site.crm.faults.meanwhile(lambda: site.crm.put(faster), method="set_responsible")
    site.sign_in(page, "anna")
    page.get_by_role("button", name="Взять").click()
    expect(page.locator(".notice")).to_contain_text("успел")
    expect(page.locator(".current")).to_have_count(0)


def test_names_lead_to_their_cards_in_the_crm(serve, page):
    cards = {kind: f"https://crm.example/{kind}/{{id}}" for kind in ("deal", "contact", "company")}
    site = _office(serve, task("t1"), card_urls=cards)
    site.sign_in(page, "anna")
    links = page.locator(".offer a")
    assert [each.get_attribute("href") for each in links.all()] == [
        "https://crm.example/deal/d-t1", "https://crm.example/contact/c1", "https://crm.example/company/o1",
    ]  # fmt: skip
    assert {each.get_attribute("rel") for each in links.all()} == {"noopener"}


def test_a_screen_left_open_keeps_its_task(serve, page):
    site = _office(serve, task("t1"))
    page.clock.install()
    site.sign_in(page, "anna")
    page.get_by_role("button", name="Взять").click()
    expect(page.locator("wp-timer")).to_be_visible()
    before = site.service.desk("anna").lease.expires
    site.clock.forward(minutes=5)
    with page.expect_response("**/api/v1/desk/renew"):
        page.clock.fast_forward("01:01")
    assert (site.service.desk("anna").lease.expires - before).total_seconds() >= 300
