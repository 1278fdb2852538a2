"""A supervisor sets up roles in a real browser: the example of the original from nothing, by mouse and by keyboard."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import attrs
import pytest
from playwright.sync_api import expect

from plugins.web.tests.browser.offices import account, policy, task
from workplaces_core.policy import ExactTime, Leaf, Priority

FILL = {"type": "3"}
CALL_AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)  # 15:00 in Moscow


def _tasks():
    return [
        task("карточка-анны", "anna", **FILL), task("карточка-бориса", "boris", **FILL),
        task("звонок-анны", "anna"), task("звонок-бориса", "boris"), task("созвон", "anna", due=CALL_AT),
    ]  # fmt: skip


@pytest.fixture
def empty(serve):
    site = serve(account(*_tasks()))
    site.person("zoe", "supervisor", "zoe")
    site.person("anna", "employee", "anna")
    site.person("boris", "employee", "boris")
    return site


@pytest.fixture
def desks(empty, browser):
    """Two employees in two browsers, who look at their desks before there is anything to see."""
    pages = {}
    for name in ("anna", "boris"):
        pages[name] = empty.sign_in(browser.new_context(locale="ru-RU").new_page(), name, "/desk")
        expect(pages[name].locator(".nothing")).to_contain_text("Сейчас роли нет")
    yield pages
    for each in pages.values():
        each.context.close()


def _see_the_example(site, desks):
    """In the morning everybody fills in data, after lunch he calls, and a call at an exact time goes first."""
    expect(desks["anna"].locator(".offer .subject")).to_have_text("Сделка карточка-анны")
    expect(desks["boris"].locator(".offer .subject")).to_have_text("Сделка карточка-бориса")
    site.clock.forward(hours=4, minutes=10)
    for name in desks:
        desks[name].reload()
    expect(desks["anna"].locator(".offer .subject")).to_have_text("Сделка звонок-анны")
    expect(desks["boris"].locator(".offer .subject")).to_have_text("Сделка звонок-бориса")
    site.clock.forward(minutes=46)
    expect(desks["anna"].locator(".offer .subject")).to_have_text("Сделка созвон")


def _drag_over_the_week(page, first, last):
    """Draw on the week grid from one (day, hour) to another."""
    box = page.locator("svg.grid").bounding_box()
    scale = box["width"] / (34 + 7 * 70 + 1)

    def place(day, hour):
        return box["x"] + (34 + (day + 0.5) * 70) * scale, box["y"] + (22 + hour / 24 * 288) * scale

    page.mouse.move(*place(*first))
    page.mouse.down()
    page.mouse.move(*place(*last), steps=8)
    page.mouse.up()


def _times(page):
    return [each.input_value() for each in page.locator(".interval .short").all()]


def _saved(page):
    expect(page.locator("#save-state")).to_have_text("сохранено в черновике")
    expect(page.locator("body[data-saving]")).to_have_count(0)


def test_the_example_of_the_original_is_built_by_mouse_and_seen_by_two_employees(empty, desks, page, look):
    empty.sign_in(page, "zoe", "/admin/roles")
    expect(page.locator(".empty")).to_be_visible()
    page.get_by_role("button", name="Добавить роль").click()
    page.get_by_label("Название").first.fill("Менеджер отдела продаж")
    page.locator("#members summary").click()
    page.get_by_role("checkbox", name="Отдел продаж").check()
    _drag_over_the_week(page, (0, 9.05), (4, 12.9))
    _drag_over_the_week(page, (0, 14.05), (4, 17.9))
    assert _times(page) == ["09:00", "13:00", "14:00", "18:00"]
    for name, kind, interval in (("Заполнение данных", "Заполнить данные", "утро"), ("Звонки", "Звонок", "день")):
        page.get_by_role("button", name="Добавить приоритет").click()
        card = page.locator("wp-priority").last
        card.locator(".priority-name").fill(name)
        card.get_by_role("checkbox", name=kind).check()
        card.get_by_role("radio", name="только эти:").check()
        card.get_by_role("checkbox", name=interval).check()
    page.get_by_role("checkbox", name="Добавить задачи с точным временем").check()
    _saved(page)
    expect(page.locator("wp-priority").first).to_contain_text(
        "заполнить данные · в интервалах: утро · сначала просроченные"
    )
    expect(page.locator("#preview .subject")).to_have_text("Сделка карточка-анны")
    look(page, "editor")
    page.get_by_role("button", name="Опубликовать…").click()
    expect(page.locator("#drawer")).to_contain_text("Новая роль «Менеджер отдела продаж»")
    expect(page.locator("#drawer table")).to_contain_text("Анна Орлова")
    look(page, "drawer")
    page.locator("#drawer input[name=comment]").fill("утром данные, днём звонки")
    page.get_by_role("button", name="Опубликовать", exact=True).click()
    expect(page.get_by_text("Опубликована версия 1.")).to_be_visible()
    expect(page.locator("main")).to_contain_text(re.compile("применено: 1 из 1"))
    _see_the_example(empty, desks)


def test_the_edges_of_an_interval_are_moved_by_mouse_and_by_keyboard(empty, page, look):
    empty.sign_in(page, "zoe", "/admin/roles")
    page.get_by_role("button", name="Добавить роль").click()
    page.get_by_label("Название").first.fill("Смена")
    _drag_over_the_week(page, (0, 9.05), (4, 12.9))
    # On any of its days: an interval is one, however many days it is on.
    _drag_over_the_week(page, (2, 12.9), (2, 17.1))
    assert _times(page) == ["09:00", "17:00"]
    _drag_over_the_week(page, (1, 9.1), (1, 7.6))
    assert _times(page) == ["07:30", "17:00"]
    expect(page.locator(".interval")).to_have_count(1)

    end = page.get_by_role("slider", name="Конец, утро")
    end.focus()
    for key in ("ArrowDown", "ArrowDown", "Shift+ArrowUp"):
        page.keyboard.press(key)
    expect(end).to_be_focused()
    expect(end).to_have_attribute("aria-valuetext", "17:55")
    _tab_to(page, "Начало, утро", back=True)
    page.keyboard.press("PageUp")
    assert _times(page) == ["05:30", "17:55"]
    look(page)
    _saved(page)
    page.reload()
    assert _times(page) == ["05:30", "17:55"]


def _tab_to(page, name, *, back=False):
    """Press Tab until something of this name has the focus, as a person does who cannot use a mouse."""
    for _ in range(150):
        page.keyboard.press("Shift+Tab" if back else "Tab")
        said = page.evaluate(
            """() => { const it = document.activeElement;
            const names = [it.getAttribute("aria-label"), it.labels?.[0]?.textContent, it.textContent, it.title];
            return names.filter(Boolean).join("|"); }"""
        )
        if re.search(name, said):
            return
    raise AssertionError(f"Tab never came to `{name}`")


def test_the_example_of_the_original_is_built_by_keyboard_alone(empty, desks, page):
    empty.sign_in(page, "zoe", "/admin/roles")
    press, typed = page.keyboard.press, page.keyboard.type
    _tab_to(page, "Добавить роль")
    press("Enter")
    page.wait_for_url("**/admin/roles/role-1")
    _tab_to(page, "^Название")
    press("Control+A")
    typed("Менеджер отдела продаж")
    _tab_to(page, r"\+ добавить")
    press("Enter")
    _tab_to(page, "^Отдел продаж")
    press("Space")
    for name, start, end in (("утро", "9:00", "13"), ("день", "14", "18:00")):
        _tab_to(page, "Добавить интервал")
        press("Enter")
        press("Control+A")
        typed(name)
        _tab_to(page, "^С$")
        press("Control+A")
        typed(start)
        _tab_to(page, "^До$")
        press("Control+A")
        typed(end)
    for name, kind, interval in (
        ("Заполнение данных", "^Заполнить данные$", "^утро$"),
        ("Звонки", "^Звонок$", "^день$"),
    ):
        _tab_to(page, "Добавить приоритет")
        press("Enter")
        typed(name)
        _tab_to(page, kind)
        press("Space")
        _tab_to(page, "все интервалы роли")
        press("ArrowDown")
        _tab_to(page, interval)
        press("Space")
    _tab_to(page, "^ ?Добавить задачи с точным временем")
    press("Space")
    _saved(page)
    _tab_to(page, "Опубликовать…", back=True)
    press("Enter")
    expect(page.locator("#drawer input[name=comment]")).to_be_focused()
    typed("с клавиатуры")
    press("Enter")
    expect(page.get_by_text("Опубликована версия 1.")).to_be_visible()
    _see_the_example(empty, desks)


@pytest.fixture
def office(serve):
    role = policy().roles[0]
    priorities = (
        Priority("calls", "Звонки", task_types=["1"]),
        Priority("fill", "Заполнение", task_types=["3"]),
        Priority("big", "Крупные", task_types=["2"], where=Leaf("deal.price", "ge", 100)),
    )
    made = attrs.evolve(policy(), roles=(attrs.evolve(role, priorities=priorities, exact_time=ExactTime(5)),))
    site = serve(account(*_tasks()), made)
    site.person("zoe", "supervisor", "zoe")
    return site


def _names(page):
    return page.locator("wp-priority .title").all_inner_texts()


def test_priorities_change_places_by_drag_and_by_arrow_keys_and_a_reload_keeps_it(office, page):
    office.sign_in(page, "zoe", "/admin/roles/sales")
    assert _names(page) == ["Звонки", "Заполнение", "Крупные"]
    handles = page.locator("#priorities .handle")
    page.locator("#priorities").scroll_into_view_if_needed()
    start, end = handles.nth(1).bounding_box(), page.locator("#priorities li").first.bounding_box()
    page.mouse.move(start["x"] + 10, start["y"] + 10)
    page.mouse.down()
    page.mouse.move(end["x"] + 20, end["y"] + 30, steps=12)
    page.mouse.move(end["x"] + 20, end["y"] + 4, steps=6)
    page.mouse.up()
    assert _names(page) == ["Заполнение", "Звонки", "Крупные"]
    _saved(page)
    handles.nth(2).focus()
    page.keyboard.press("ArrowUp")
    assert _names(page) == ["Заполнение", "Крупные", "Звонки"]
    expect(page.locator("#moves")).to_have_text("Крупные: место 2 из 3")
    _saved(page)
    expect(page.locator("#preview .subject")).to_contain_text("карточка-анны")
    page.reload()
    assert _names(page) == ["Заполнение", "Крупные", "Звонки"]


def test_what_is_wrong_is_said_beside_the_setting_while_typing(office, page, look):
    office.sign_in(page, "zoe", "/admin/roles/sales")
    page.get_by_role("button", name="Добавить приоритет").click()
    card = page.locator("wp-priority").last
    card.get_by_role("checkbox", name="Звонок").check()
    expect(card.locator(".remark.error")).to_contain_text("Приоритеты выше забирают все его задачи")
    card.get_by_role("radio", name="только эти:").check()
    expect(card.locator("[data-part=intervals] .remark.error")).to_contain_text("никогда не возьмёт ни одной задачи")
    page.locator("#role-name").fill("")
    page.locator(".interval .short").first.fill("18:00")
    page.locator(".interval .short").first.press("Tab")
    expect(page.locator(".interval .remark.problem")).to_be_visible()
    look(page)
    page.get_by_role("button", name="Опубликовать…").click()
    expect(page.locator("#drawer")).to_contain_text("Черновик пока нельзя опубликовать")


def test_a_nested_condition_of_every_kind_is_built_and_comes_back_as_it_was(office, page, look):
    office.sign_in(page, "zoe", "/admin/roles/sales")
    card = page.locator("wp-priority").last
    card.locator(".unfold").click()
    expect(card.locator(".condition")).to_have_count(1)
    card.get_by_role("button", name="Добавить условие").click()
    row = card.locator(".condition").last
    row.get_by_label("Значение").fill("vip, тендер")
    card.get_by_role("button", name="Добавить группу").click()
    card.get_by_role("button", name="Добавить условие").first.click()
    inner = card.locator(".group .group .condition")
    inner.get_by_label("Поле").select_option(label="Этап")
    inner.get_by_label("Сравнение").select_option(label="ни одно из")
    inner.get_by_role("checkbox", name="Закрыто").check()
    expect(inner).to_contain_text("и когда поле пустое")
    _saved(page)
    expect(card.locator(".sentence")).to_have_text(
        "встреча · Бюджет ≥ 100 и теги сделки: есть «vip», «тендер» и не (Этап: одно из «Закрыто») "
        "· сначала просроченные"
    )
    expect(card.locator(".fits")).to_contain_text("подходит открытых задач: 0")
    look(page)
    page.reload()
    page.locator("wp-priority").last.locator(".unfold").click()
    expect(page.locator("wp-priority").last.locator(".condition")).to_have_count(3)
    expect(page.locator("wp-priority").last.get_by_label("Значение").nth(1)).to_have_value("vip, тендер")


def test_a_draft_is_nobody_elses_and_can_be_discarded(office, page, browser):
    office.person("max", "supervisor")
    office.sign_in(page, "zoe", "/admin/roles")
    page.get_by_role("switch").uncheck()
    expect(page.locator("#draft-bar")).to_contain_text("Черновик отличается")
    other = office.sign_in(browser.new_context(locale="ru-RU").new_page(), "max", "/admin/roles")
    expect(other.get_by_role("switch")).to_be_checked()
    other.context.close()
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Отменить черновик").click()
    expect(page.get_by_role("switch")).to_be_checked()


def test_a_version_published_meanwhile_is_said_and_nothing_is_overwritten_by_accident(office, page):
    office.sign_in(page, "zoe", "/admin/roles")
    page.get_by_role("switch").uncheck()
    expect(page.locator("#save-state")).to_have_text("сохранено в черновике")
    office.service.publish(attrs.evolve(policy(2)), author="max", comment="срочно")
    page.reload()
    expect(page.locator("main .bar.warn")).to_contain_text("опубликована версия 2, черновик сделан из 1")
    page.get_by_role("button", name="Опубликовать…").click()
    page.locator("#drawer input[name=comment]").fill("поверх")
    page.get_by_role("button", name="Опубликовать", exact=True).click()
    expect(page.locator("#drawer .form-error")).to_contain_text("Кто-то успел раньше")
    assert office.service.policy.version == 2


def test_versions_are_compared_and_published_again(office, page, look):
    office.service.publish(attrs.evolve(policy(2, exact=False)), author="zoe", comment="без точного времени")
    office.sign_in(page, "zoe", "/admin/versions")
    page.get_by_role("link", name="Что изменится").first.click()
    expect(page.locator("main")).to_contain_text("Задачи с точным временем больше не идут первыми")
    expect(page.locator("main")).to_contain_text("Приоритета «Заполнение» больше нет")
    look(page)
    page.go_back()
    page.get_by_role("button", name="Опубликовать снова").click()
    expect(page.locator("main")).to_contain_text("версия 3")
    assert office.service.policy.roles == office.store.policy(1).policy.roles


def test_the_time_machine_says_why_a_task_is_not_first_at_another_moment(office, page, look):
    office.sign_in(page, "zoe", "/admin/time-machine")
    page.get_by_label("Сотрудник").select_option(label="Анна Орлова")
    page.get_by_label("Момент").fill("2026-11-24T14:57")
    page.get_by_label(re.compile("Почему эта задача")).fill("карточка-анны")
    page.get_by_role("button", name="Показать").click()
    expect(page.locator("tbody tr").first).to_contain_text("Сделка созвон")
    expect(page.locator("tbody tr").first).to_contain_text("точное время")
    expect(page.locator(".why-text")).to_contain_text("Она ждёт в очереди роли «Отдел продаж», место 3")
    look(page)


def test_the_policy_is_exported_and_imported_and_a_wrong_file_says_what_is_wrong(office, page, tmp_path):
    office.sign_in(page, "zoe", "/admin/roles")
    with page.expect_download() as download:
        page.get_by_role("link", name="Выгрузить JSON").click()
    text = download.value.path().read_text("utf-8")
    wrong, right = tmp_path / "wrong.json", tmp_path / "right.json"
    wrong.write_text(text.replace('"first": "overdue"', '"first": "yesterday"'), "utf-8")
    right.write_text(text.replace("Крупные", "Очень крупные"), "utf-8")
    page.locator("#import").set_input_files(wrong)
    expect(page.locator("#import-error")).to_contain_text("roles[0].priorities[0].first")
    page.locator("#import").set_input_files(right)
    expect(page.locator(".priorities")).to_contain_text("Очень крупные")
    expect(page.locator("#draft-bar")).to_contain_text("Черновик отличается")


def test_an_empty_system_begins_with_the_example_and_only_people_are_missing(empty, page):
    empty.sign_in(page, "zoe", "/admin/roles")
    page.get_by_role("button", name="Начать с примера").click()
    expect(page.locator("wp-priority .title")).to_have_text(["Заполнение данных", "Звонки"])
    expect(page.locator("[data-path=members] .remark")).to_contain_text("В роли никого нет")
    page.locator("#members summary").click()
    page.get_by_role("checkbox", name="Отдел продаж").check()
    expect(page.locator("[data-path=members] .remark")).to_have_count(0)
    expect(page.locator("#preview .subject")).to_have_text("Сделка карточка-анны")
