"""Draws the pictures of the documentation from the demonstration, into docs/images/."""

# ruff: noqa: INP001 - run by itself, part of no package
from __future__ import annotations

import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

IMAGES = Path(__file__).parents[2] / "docs" / "images"
PORT = 8765
URL = f"http://127.0.0.1:{PORT}"
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


@contextmanager
def demonstration() -> Iterator[None]:
    """Run the demonstration while pictures are drawn."""
    command = [sys.executable, "-m", "workplaces_core", "serve", "--demo", "--port", str(PORT)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:  # noqa: S603
        try:
            _wait()
            yield
        finally:
            server.terminate()


def _wait() -> None:
    for _ in range(240):
        try:
            with urllib.request.urlopen(f"{URL}/demo") as answer:  # noqa: S310 - our own server
                if b"<ul" in answer.read():
                    return
        except (urllib.error.URLError, ConnectionError):
            pass
        time.sleep(0.25)
    raise SystemExit("the demonstration did not start")


def enter(
    browser: Browser, role: str, number: int = 0, *, width: int = 1280, height: int = 860, scheme: str = "light"
) -> Page:
    """Be one of the people of the demonstration, by his rights and his place among those who have them."""
    context = browser.new_context(
        locale="en-US",
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        device_scale_factor=1,  # type: ignore[arg-type]
    )
    page = context.new_page()
    page.goto(f"{URL}/demo")
    page.locator("ul.choice button", has_text=role).nth(number).click()
    page.wait_for_url(lambda address: "/demo" not in address)
    return page


def draw(page: Page, name: str) -> None:
    """Draw what a page shows."""
    page.wait_for_timeout(600)
    page.screenshot(path=IMAGES / f"{name}.png")


def desks(browser: Browser) -> None:
    """Draw an employee's desk: with a task in hand, wide and narrow, and why it is that one."""
    count = 5
    for number in range(count):
        page = enter(browser, "employee", number, width=760, height=560)
        if page.get_by_role("button", name="Take").count():
            draw(page, "desk-offer")
            page.get_by_role("button", name="Take").click()
            page.locator("wp-timer").wait_for()
            page.get_by_role("button", name="why this one?").click()
            page.locator(".why-text").wait_for()
            page.set_viewport_size({"width": 760, "height": 760})
            draw(page, "desk-why")
            break
    narrow = enter(browser, "employee", number, width=340, height=560, scheme="dark")
    narrow.goto(f"{URL}/desk?frame=1")
    draw(narrow, "desk-narrow")


def roles(browser: Browser) -> None:
    """Draw the list, a new role as the tutorial builds it, and what publishing it would change."""
    page = enter(browser, "supervisor")
    page.goto(f"{URL}/admin/roles")
    draw(page, "roles")
    page.get_by_role("button", name="Add a role").click()
    page.wait_for_url("**/admin/roles/role-*")
    page.get_by_label("Name").first.fill("New requests")
    page.locator("#members summary").click()
    page.get_by_role("checkbox", name="Аккаунтинг").check()
    page.get_by_role("button", name="Add an interval").click()
    page.locator(".interval .short").nth(0).fill("00:00")
    page.locator(".interval .short").nth(1).fill("24:00")
    page.locator(".interval .short").nth(1).press("Tab")
    page.get_by_role("button", name="Add a priority").click()
    card = page.locator("wp-priority")
    card.locator(".priority-name").fill("Big requests")
    card.get_by_role("checkbox", name="Связаться").check()
    card.get_by_role("button", name="Add a condition").click()
    row = card.locator(".condition")
    row.get_by_label("Field").select_option(label="Бюджет")
    row.get_by_label("Comparison").select_option(label="at least")
    row.get_by_label("Value").fill("300000")
    card.locator("input.common").check()
    page.locator("body:not([data-saving])").wait_for()
    page.evaluate("window.scrollTo(0, 0)")
    page.set_viewport_size({"width": 1280, "height": 1500})
    draw(page, "role-editor")
    page.set_viewport_size({"width": 1280, "height": 860})
    page.goto(f"{URL}/admin/roles")
    handle = page.locator("#roles li", has_text="New requests").locator(".handle")
    for _ in range(page.locator("#roles li").count() - 1):
        handle.press("ArrowUp")
    page.locator("#save-state", has_text="saved").wait_for()
    page.reload()
    page.get_by_role("button", name="Publish…").click()
    page.locator("#drawer[open]").wait_for()
    draw(page, "publish")
    page.locator("#drawer input[name=comment]").fill("big requests go to the accounts")
    page.get_by_role("button", name="Publish", exact=True).click()
    page.wait_for_url("**/admin/versions*")
    draw(page, "versions")


def overviews(browser: Browser) -> None:
    """Draw the board and the time machine."""
    page = enter(browser, "supervisor", height=1000)
    page.goto(f"{URL}/board")
    draw(page, "board")
    page.goto(f"{URL}/admin/time-machine")
    page.locator("tbody a").nth(6).click()
    page.locator(".why-text").wait_for()
    draw(page, "time-machine")


def main() -> None:
    """Draw everything."""
    found = next((path for path in map(shutil.which, _BROWSERS) if path), None)
    if found is None:
        raise SystemExit("no browser found: install chromium")
    IMAGES.mkdir(parents=True, exist_ok=True)
    with demonstration(), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=_ARGUMENTS)
        desks(browser)
        roles(browser)
        overviews(browser)
        browser.close()


if __name__ == "__main__":
    main()
