"""Signing in, the first administrator, accounts, tokens and the log of changes, in a real browser."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.sync_api import expect
from workplaces_web.people import setup

from plugins.web.tests.browser.offices import account, policy, task


@pytest.fixture
def office(serve):
    return serve(account(task("t1")), policy())


def test_the_first_link_makes_an_administrator_and_leaves_no_secret_in_the_address(office, page):
    secret = setup.offer(office.store.cells, needed=True)
    page.goto(f"{office.url}/setup#{secret}")
    expect(page).to_have_url(f"{office.url}/setup")
    page.get_by_label("Имя").fill("Ольга")
    page.get_by_label("Логин").fill("olga")
    page.get_by_label(re.compile("Новый пароль")).fill("очень длинный пароль")
    page.get_by_role("button", name="Создать учётную запись").click()
    page.wait_for_url("**/admin/roles")
    expect(page.locator(".who")).to_contain_text("Ольга")


def test_a_wrong_password_says_so_and_a_page_that_needs_one_comes_afterwards(office, page):
    office.person("zoe", "supervisor", "zoe")
    page.goto(f"{office.url}/admin/versions")
    page.get_by_label("Логин").fill("zoe")
    page.get_by_label("Пароль").fill("не тот")
    page.locator("main form button").click()
    expect(page.get_by_role("alert")).to_have_text("Войти не удалось: логин и пароль не подходят друг к другу")
    page.get_by_label("Пароль").fill("верный пароль 1")
    page.locator("main form button").click()
    expect(page).to_have_url(f"{office.url}/admin/versions")


def test_an_administrator_makes_an_account_and_its_link_lets_somebody_in(office, page, browser):
    office.person("root", "administrator")
    office.sign_in(page, "root", "/admin/accounts")
    page.get_by_label("Имя").fill("Анна")
    page.get_by_label("Логин").fill("anna")
    page.get_by_label("Пользователь в CRM").select_option(label="Анна Орлова")
    page.get_by_role("button", name="Создать учётную запись").click()
    page.get_by_role("row", name=re.compile("Анна Орлова")).get_by_role("button", name="Ссылка для пароля").click()
    link = page.locator("#made input").input_value()
    other = browser.new_context(locale="ru-RU").new_page()
    other.goto(link)
    other.get_by_label(re.compile("Новый пароль")).fill("мой новый пароль")
    other.get_by_role("button", name="Задать пароль и войти").click()
    other.wait_for_url("**/desk")
    expect(other.get_by_role("button", name="Взять")).to_be_visible()
    other.context.close()
    page.goto(f"{office.url}/admin/audit")
    expect(page.locator("tbody")).to_contain_text("account.link")


def test_a_token_is_shown_once_works_and_is_revoked(office, page):
    office.person("root", "administrator")
    office.sign_in(page, "root", "/admin/tokens")
    page.get_by_label("Для чего он?").fill("отчёты")
    page.get_by_role("checkbox", name="читать то, что видит руководитель").check()
    page.get_by_label(re.compile("Сколько дней")).fill("30")
    page.get_by_role("button", name="Новый токен").click()
    headers = {"Authorization": f"Bearer {page.locator('#made input').input_value()}"}
    assert httpx.get(f"{office.url}/api/v1/board", headers=headers).status_code == 200
    page.reload()
    expect(page.locator("tbody")).to_contain_text("отчёты")
    page.get_by_role("button", name="Отозвать").click()
    expect(page.locator("tbody")).to_contain_text("отозван")
    assert httpx.get(f"{office.url}/api/v1/board", headers=headers).status_code == 401


def test_signing_out_shows_nothing_any_more(office, page):
    office.person("zoe", "supervisor", "zoe")
    office.sign_in(page, "zoe", "/board")
    page.get_by_role("button", name="Выйти").click()
    page.wait_for_url("**/sign-in")
    page.goto(f"{office.url}/board")
    expect(page).to_have_url(re.compile("/sign-in"))


def test_an_employee_who_asks_for_the_admin_is_told_that_it_is_not_for_him(office, page):
    office.person("anna", "employee", "anna")
    office.sign_in(page, "anna")
    page.goto(f"{office.url}/admin/roles")
    expect(page.locator("main")).to_contain_text("Эта страница не для вашей роли")
    expect(page.locator("header nav")).not_to_contain_text("Роли")


@pytest.fixture
def slow_scripts(office, page):
    """The page of accounts, whose scripts come only when the test says so."""
    office.person("root", "administrator")
    office.person("anna", "employee", "anna")
    office.sign_in(page, "root")
    held = []
    page.route("**/static/own/site.js", lambda route: held.append(route))  # noqa: PLW0108 - it marks what it is given
    page.goto(f"{office.url}/admin/accounts", wait_until="commit")

    return lambda: page.unroute("**/static/own/site.js")  # which lets go on what was held


def test_a_button_pressed_before_the_scripts_are_there_is_pressed_when_they_come(office, page, slow_scripts):
    page.get_by_label("Имя").fill("Пётр")
    page.get_by_label("Логин").fill("petr")
    page.get_by_role("button", name="Создать учётную запись").click()
    slow_scripts()
    expect(page.get_by_role("row", name=re.compile("Пётр"))).to_have_count(1)
    assert page.url == f"{office.url}/admin/accounts"


def test_a_choice_made_before_the_scripts_are_there_is_kept_when_they_come(office, page, slow_scripts):
    page.get_by_label("Права: Anna").select_option("supervisor")
    with page.expect_response(re.compile("/api/v1/accounts/")) as answer:
        slow_scripts()
    assert answer.value.ok
    assert office.app.state.web.people.by_login("anna").role == "supervisor"
