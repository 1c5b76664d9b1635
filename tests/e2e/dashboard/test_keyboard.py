"""Everything without a mouse, and the keys themselves."""

import re

from playwright.sync_api import expect

from tests.e2e.dashboard.conftest import Open
from tests.e2e.dashboard.parts import dialog, row, rows, toast
from tests.e2e.dashboard.stack import Stack


def test_create_open_and_cancel_without_a_mouse(stack: Stack, open_page: Open) -> None:
    page = open_page()
    expect(page.get_by_role("heading", name="No jobs yet")).to_be_visible()
    page.keyboard.press("c")
    expect(page.get_by_label("Type")).to_be_focused()
    page.keyboard.type("http")
    for _ in range(2):
        page.keyboard.press("Tab")
    expect(page.get_by_label("URL")).to_be_focused()
    page.keyboard.type(f"{stack.url}/echo")
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_count(1)
    expect(page.get_by_role("dialog")).to_have_count(0)  # the row may be seen live before the form has its answer
    page.keyboard.press("j")
    expect(rows(page).first).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog(page)).to_contain_text("Pending")
    page.keyboard.press("Escape")
    expect(dialog(page)).to_have_count(0)
    expect(rows(page).first).to_be_focused()
    page.keyboard.press("Delete")
    expect(toast(page)).to_contain_text("Cancelled http")
    expect(rows(page).first).to_contain_text("Cancelled")
    page.keyboard.press("e")
    expect(rows(page).first).to_contain_text("Pending")


def test_rows_are_walked_selected_and_rescheduled_by_keys(stack: Stack, open_page: Open) -> None:
    made = [stack.one() for _ in range(3)]
    page = open_page()
    expect(rows(page)).to_have_count(3)
    for key in ("j", "x", "j", "x"):
        page.keyboard.press(key)
    expect(page.get_by_text("2 selected")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("2 selected")).to_have_count(0)
    page.keyboard.press("k")
    expect(row(page, made[2]["id"])).to_be_focused()
    page.keyboard.press("s")
    expect(page.get_by_role("dialog", name=re.compile("Reschedule"))).to_be_visible()


def test_only_one_row_is_in_the_tab_order(stack: Stack, open_page: Open) -> None:
    for _ in range(5):
        stack.one()
    page = open_page()
    expect(rows(page)).to_have_count(5)
    assert page.locator("tbody [tabindex='0']").count() <= 5
    assert page.locator("tbody tr[tabindex='0']").count() == 1


def test_the_palette_finds_and_does(stack: Stack, open_page: Open) -> None:
    job = stack.one()
    page = open_page()
    page.keyboard.press("Control+k")
    box = page.get_by_role("combobox", name="Type a command or paste an ID")
    expect(box).to_be_focused()
    box.fill("overv")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    page.keyboard.press("Control+k")
    box.fill(job["id"])
    page.keyboard.press("Enter")
    expect(dialog(page)).to_contain_text("Pending")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    box.fill("theme dark")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.keyboard.press("Control+k")
    box.fill("some words")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("q=some"))


def test_views_have_keys_and_a_sheet_tells_them(stack: Stack, open_page: Open) -> None:
    page = open_page()
    for key, heading in (("o", "Overview"), ("t", "Timeline"), ("i", "Import jobs from a file")):
        page.keyboard.press("g")
        page.keyboard.press(key)
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
    page.keyboard.press("?")
    expect(dialog(page)).to_contain_text("Go to Timeline")


def test_single_keys_can_be_switched_off(stack: Stack, open_page: Open) -> None:
    page = open_page()
    page.get_by_role("button", name="Settings").click()
    page.get_by_label("Single-key shortcuts").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("c")
    page.wait_for_timeout(300)
    expect(dialog(page)).to_have_count(0)


def test_focus_returns_to_where_it_was(stack: Stack, open_page: Open) -> None:
    page = open_page()
    opener = page.get_by_role("banner").get_by_role("button", name="New job")
    opener.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Type")).to_be_focused()
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()
