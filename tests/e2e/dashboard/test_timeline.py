"""The timeline: pending jobs are dragged, or walked by keys, to another time, and back by undo."""

import re
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.dashboard.browser import new_page
from tests.e2e.dashboard.conftest import Open
from tests.e2e.dashboard.parts import dialog, rows, toast
from tests.e2e.dashboard.stack import Stack, mail

MINUTE = timedelta(minutes=1)
MILLISECOND = timedelta(milliseconds=1)
CLOCK = re.compile(r"^\d\d:\d\d$")


def due(stack: Stack, id: str) -> datetime:
    return datetime.fromisoformat(stack.get(id)["scheduled_at"])


def chip(page: Page, id: str) -> Locator:
    return page.locator(f'.chip-job[data-id="{id}"]')


def drag(page: Page, element: Locator, pixels: int) -> None:
    box = element.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + pixels / 2, y, steps=4)
    page.mouse.move(x + pixels, y, steps=4)


def test_a_job_is_dragged_to_another_time_and_undone(stack: Stack, open_page: Open) -> None:
    job = stack.one(scheduled_at=None, delay_seconds=20 * 60)
    before = due(stack, job["id"])
    page = open_page("?view=timeline")
    drag(page, chip(page, job["id"]), 300)
    expect(page.locator(".readout")).to_contain_text("+")
    page.mouse.up()
    expect(toast(page)).to_contain_text("is due")
    moved = due(stack, job["id"])
    assert 10 * MINUTE < moved - before < 25 * MINUTE
    assert moved.second % 10 == 0
    toast(page).get_by_role("button", name="Undo").click()
    expect(toast(page)).to_contain_text("Undone")
    assert due(stack, job["id"]) == before


def test_a_drag_is_given_up_with_escape_and_a_click_opens(stack: Stack, open_page: Open) -> None:
    job = stack.one(scheduled_at=None, delay_seconds=20 * 60)
    before = due(stack, job["id"])
    page = open_page("?view=timeline")
    chip(page, job["id"]).focus()
    drag(page, chip(page, job["id"]), 200)
    page.keyboard.press("Escape")
    page.mouse.up()
    expect(page.locator(".chip-moving")).to_have_count(0)
    assert due(stack, job["id"]) == before
    chip(page, job["id"]).click()
    expect(dialog(page)).to_contain_text(job["id"])


def test_the_same_by_keyboard(stack: Stack, open_page: Open) -> None:
    first = stack.one(scheduled_at=None, delay_seconds=20 * 60)
    second = stack.one(scheduled_at=None, delay_seconds=40 * 60)
    before = due(stack, second["id"])
    page = open_page("?view=timeline")
    chip(page, first["id"]).focus()
    page.keyboard.press("ArrowDown")
    expect(chip(page, second["id"])).to_be_focused()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".readout")).to_contain_text("+11m")
    page.keyboard.press("Enter")
    expect(toast(page)).to_contain_text("is due")
    assert abs(due(stack, second["id"]) - before - 11 * MINUTE) < MILLISECOND  # a browser knows no microseconds
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Escape")
    assert abs(due(stack, second["id"]) - before - 11 * MINUTE) < MILLISECOND


def test_it_is_never_dragged_into_the_past(stack: Stack, open_page: Open) -> None:
    job = stack.one(scheduled_at=None, delay_seconds=10 * 60)
    page = open_page("?view=timeline")
    drag(page, chip(page, job["id"]), -900)
    page.mouse.up()
    expect(toast(page)).to_contain_text("is due")
    assert abs(due(stack, job["id"]) - datetime.now(UTC)) < MINUTE


def test_a_job_that_ran_meanwhile_is_left_alone(stack: Stack, open_page: Open, watched) -> None:
    job = stack.one(scheduled_at=None, delay_seconds=20 * 60)
    page = open_page("?view=timeline")
    drag(page, chip(page, job["id"]), 200)
    stack.put(f"/jobs/{job['id']}/cancel")
    page.mouse.up()
    expect(page.get_by_role("alert")).to_contain_text("cancelled")
    assert stack.get(job["id"])["status"] == "cancelled"
    watched.want_refusals()


def test_windows_have_links_and_lanes_have_names(stack: Stack, open_page: Open) -> None:
    stack.one(scheduled_at=None, delay_seconds=5 * 3600)
    stack.one(type="http", payload=stack.echo(), scheduled_at=None, delay_seconds=3 * 86_400)
    page = open_page("?view=timeline")
    expect(page.get_by_role("heading", name="Nothing scheduled")).to_be_visible()
    page.get_by_text("Next day").click()
    expect(page.locator(".lane-name")).to_have_count(1)
    page.get_by_text("Next week").click()
    expect(page.locator(".lane-name")).to_have_count(2)
    expect(page).to_have_url(f"{stack.url}/?view=timeline&window=7d")


def test_an_empty_window_tells_of_what_is_pending_outside_it(stack: Stack, open_page: Open) -> None:
    stack.one()
    page = open_page("?view=timeline")
    page.get_by_role("link", name="1 pending job is due outside this window").click()
    expect(page).to_have_url(f"{stack.url}/?status=pending&sort=scheduled_at")
    expect(rows(page)).to_have_count(1)


def test_axis_and_chips_tell_the_time_alike(stack: Stack, browser: Browser) -> None:
    """Where clocks have twelve hours, too: a chip has no room for more than five letters."""
    stack.one(scheduled_at=None, delay_seconds=20 * 60)
    watched = new_page(browser, locale="en-US")
    watched.page.goto(f"{stack.url}/?view=timeline")
    expect(watched.page.locator(".chip-text")).to_have_text(CLOCK)
    words = watched.page.locator("text.axis").all_text_contents()
    assert len([word for word in words if CLOCK.match(word)]) >= len(words) - 1 > 0, words  # midnight is a day's name
    watched.page.context.close()


def test_how_many_do_not_fit_is_covered_by_no_job(stack: Stack, open_page: Open) -> None:
    """Due when the next minute begins: at the left edge, and still in the window should that begin meanwhile."""
    soon = datetime.now(UTC).replace(second=0, microsecond=0) + MINUTE
    stack.create(*[{"type": "email", "payload": mail(), "scheduled_at": soon.isoformat()}] * 140)
    page = open_page("?view=timeline")
    expect(page.locator(".lane-name")).to_contain_text("134 hidden")
    first = page.locator(".chip-job").first.bounding_box()
    assert first
    assert page.locator(".lane-name").evaluate("name => name.getBoundingClientRect().right") <= first["x"]
