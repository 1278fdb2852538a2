"""Every page can be used by everybody: axe finds nothing serious, light and dark, wide and narrow."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest
from playwright.sync_api import expect

from plugins.web.tests.browser.offices import account, policy, task
from workplaces_core.policy import Priority

_AXE = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
_PATHS = {
    "zoe": ("/desk", "/board", "/admin/roles", "/admin/roles/sales", "/admin/versions", "/admin/versions/0/1",
            "/admin/time-machine?user=anna&task=t1"),
    "root": ("/admin/accounts", "/admin/tokens", "/admin/audit"),
}  # fmt: skip


def serious(page) -> list[str]:
    """What axe holds against a page."""
    page.evaluate(_AXE.read_text("utf-8"))
    found = page.evaluate("async () => (await axe.run(document, {resultTypes: ['violations']})).violations")
    return [
        f"{each['id']}: {each['help']}: {node['html'][:160]}"
        for each in found
        if each["impact"] in {"serious", "critical"}
        for node in each["nodes"]
    ]


@pytest.fixture
def office(serve):
    role = policy().roles[0]
    made = attrs.evolve(
        policy(),
        roles=(attrs.evolve(role, priorities=(*role.priorities, Priority("again", "Снова", task_types=["1"]))),),
    )
    site = serve(account(task("t1"), task("t2", "boris"), task("t3", "gone")), made)
    site.person("zoe", "supervisor", "zoe")
    site.person("root", "administrator")
    site.person("anna", "employee", "anna")
    return site


@pytest.mark.skipif(not _AXE.is_file(), reason="axe-core is not installed: npm ci in plugins/web/frontend")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 340])
def test_axe_finds_nothing_serious_on_any_page(office, browser, scheme, width):
    for name, paths in _PATHS.items():
        page = browser.new_context(
            locale="ru-RU", color_scheme=scheme, viewport={"width": width, "height": 900}
        ).new_page()
        page.goto(f"{office.url}/sign-in")
        assert serious(page) == []
        office.sign_in(page, name)
        for path in paths:
            page.goto(office.url + path)
            if path == "/admin/roles/sales":
                page.locator("wp-priority .unfold").last.click()
                page.locator("#members summary").click()
                page.get_by_role("button", name="Добавить условие").click()
                expect(page.locator("body[data-saving]")).to_have_count(0)
                expect(page.locator("#preview .queue, #preview .mini-desk").first).to_be_visible()
                assert serious(page) == [], path
                page.get_by_role("button", name="Опубликовать…").click()
                expect(page.locator("#drawer[open]")).to_be_visible()
            assert serious(page) == [], path
        page.context.close()


@pytest.mark.skipif(not _AXE.is_file(), reason="axe-core is not installed: npm ci in plugins/web/frontend")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_any_state_of_the_desk(office, browser, scheme):
    page = browser.new_context(locale="ru-RU", color_scheme=scheme, viewport={"width": 320, "height": 700}).new_page()
    office.sign_in(page, "anna")
    page.locator("main").press("4")
    expect(page.locator(".why-text")).to_be_visible()
    assert serious(page) == []
    page.get_by_role("button", name="Взять").click()
    expect(page.locator("wp-timer")).to_be_visible()
    page.get_by_role("button", name="Позже").click()
    assert serious(page) == []
    office.edit("task", attrs.evolve(task("t1"), completed=True))
    expect(page.locator(".notice")).to_be_visible()
    assert serious(page) == []
    page.context.close()


@pytest.mark.parametrize(
    "path", [path for paths in _PATHS.values() for path in paths if path.startswith("/admin") or path == "/board"]
)
def test_no_page_is_wider_than_a_narrow_screen(office, browser, path):
    page = browser.new_context(locale="ru-RU", viewport={"width": 340, "height": 800}).new_page()
    office.sign_in(page, "zoe" if path in _PATHS["zoe"] else "root")
    page.goto(office.url + path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 340
    page.context.close()
