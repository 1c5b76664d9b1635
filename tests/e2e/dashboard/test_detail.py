"""The drawer of one job: its own link, everything about it, and what can be done there."""

import re

from playwright.sync_api import expect

from tests.e2e.dashboard.conftest import Open
from tests.e2e.dashboard.parts import dialog, row, rows, toast
from tests.e2e.dashboard.stack import Stack, mail


def test_a_job_has_a_link_of_its_own_and_back_closes_it(stack: Stack, open_page: Open) -> None:
    job = stack.one()
    page = open_page()
    row(page, job["id"]).get_by_text("subject: Hello").click()
    expect(dialog(page)).to_contain_text("Pending")
    expect(page).to_have_url(f"{stack.url}/?job={job['id']}")
    page.go_back()
    expect(dialog(page)).to_have_count(0)
    page.goto(f"{stack.url}/?job={job['id']}")
    expect(dialog(page)).to_contain_text(job["id"])
    page.keyboard.press("Escape")
    expect(page).to_have_url(f"{stack.url}/")


def test_it_tells_all_fields_and_why_it_waits(stack: Stack, open_page: Open) -> None:
    job = stack.one(priority=-3)
    page = open_page(f"?job={job['id']}")
    drawer = dialog(page)
    expect(drawer).to_contain_text(stack.get(job["id"])["why"])
    for text in (job["id"], "-3", "0 of 3 used", "1 Jan 2035, 01:00:00 CET", "Not started yet."):
        expect(drawer).to_contain_text(text)


def test_numbers_of_a_payload_are_shown_and_sent_as_they_are(stack: Stack, open_page: Open) -> None:
    body = '{"type":"http","scheduled_at":"2035-01-01T00:00:00Z","payload":{"url":"http://127.0.0.1:9/","body":{"id":9007199254740993}}}'
    body = body.replace("http://127.0.0.1:9/", f"{stack.url}/echo")
    answer = stack.client.post("/jobs", content=body, headers={"Content-Type": "application/json"})
    id = answer.raise_for_status().json()["id"]
    page = open_page(f"?job={id}")
    expect(dialog(page).locator(".json-number")).to_have_text("9007199254740993")
    dialog(page).get_by_role("button", name="Duplicate").click()
    page.get_by_role("tab", name="JSON").click()
    expect(page.get_by_role("textbox", name="JSON")).to_have_value(re.compile("9007199254740993"))
    page.get_by_role("button", name="Create job").click()
    expect(toast(page)).to_contain_text("Created http")
    assert stack.client.get("/jobs").text.count("9007199254740993") == 2


def test_attempts_show_their_own_error_and_logs(stack: Stack, open_page: Open) -> None:
    job = stack.one(type="http", payload=stack.echo(status=503), scheduled_at=None, max_retries=0)
    stack.tick()
    stack.put(f"/jobs/{job['id']}/retry")
    stack.tick()
    page = open_page(f"?job={job['id']}")
    drawer = dialog(page)
    expect(drawer.get_by_text("Attempt 1")).to_be_visible()
    expect(drawer.get_by_text("Attempt 2")).to_be_visible()
    expect(drawer.locator(".attempt").last).to_contain_text("503")
    expect(drawer.locator(".attempt").last).to_contain_text("failed")


def test_a_completed_job_shows_its_result(stack: Stack, open_page: Open) -> None:
    job = stack.one(type="http", payload=stack.echo(), scheduled_at=None)
    stack.tick()
    page = open_page(f"?job={job['id']}")
    expect(dialog(page).get_by_role("heading", name="Result")).to_be_visible()
    expect(dialog(page)).to_contain_text("200")


def test_cancel_retry_and_reschedule_from_the_drawer(stack: Stack, open_page: Open) -> None:
    job = stack.one()
    page = open_page(f"?job={job['id']}")
    dialog(page).get_by_role("button", name="Cancel job").click()
    expect(dialog(page)).to_contain_text("Cancelled")
    dialog(page).get_by_role("button", name="Retry").click()
    expect(dialog(page)).to_contain_text("Pending")
    dialog(page).get_by_role("button", name="Reschedule").click()
    change = page.get_by_role("dialog", name=re.compile("Reschedule"))
    change.get_by_text("At", exact=True).click()
    change.get_by_label("At", exact=True).nth(1).fill("2031-07-01T09:30")
    expect(change).to_contain_text("1 Jul 2031, 09:30:00 CEST")
    change.get_by_label("Priority").fill("5")
    change.get_by_role("button", name="Save").click()
    expect(toast(page)).to_contain_text("is due 1 Jul 2031")
    after = stack.get(job["id"])
    assert (after["scheduled_at"], after["priority"]) == ("2031-07-01T07:30:00Z", 5)


def test_an_unknown_id_is_explained(stack: Stack, open_page: Open, watched) -> None:
    page = open_page("?job=00000000-0000-7000-8000-000000000000")
    expect(page.get_by_role("alert")).to_contain_text("This job doesn’t exist")
    watched.want_refusals()


def test_neighbours_are_one_key_away(stack: Stack, open_page: Open) -> None:
    first, second = stack.one(), stack.one(payload=mail(subject="Second"))
    page = open_page()
    expect(rows(page)).to_have_count(2)
    rows(page).first.click(position={"x": 300, "y": 10})
    expect(dialog(page)).to_contain_text(second["id"])
    page.keyboard.press("j")
    expect(dialog(page)).to_contain_text(first["id"])
    page.keyboard.press("k")
    expect(dialog(page)).to_contain_text(second["id"])


def test_an_error_is_said_once(stack: Stack, open_page: Open) -> None:
    job = stack.one(type="http", payload=stack.echo(status=400), scheduled_at=None, max_retries=0)
    stack.tick()
    reason = stack.get(job["id"])["failed_reason"]
    page = open_page(f"?job={job['id']}")
    expect(dialog(page).locator(".why")).to_have_text("It failed for good. Retry starts a new round.")
    expect(dialog(page).locator(".error-text")).to_have_count(1)
    expect(dialog(page).locator(".error-text")).to_have_text(reason.split("\n")[0])


def test_a_long_error_can_be_read_to_its_end(stack: Stack, open_page: Open) -> None:
    job = stack.one(type="http", payload=stack.echo(status=400), scheduled_at=None, max_retries=0)
    stack.tick()
    page = open_page(f"?job={job['id']}")
    error = dialog(page).locator(".error-text")
    error.evaluate("element => { element.textContent = 'all that went wrong '.repeat(200) }")
    assert error.evaluate("element => element.clientHeight < element.scrollHeight"), "long enough to need it"
    error.focus()
    page.keyboard.press("End")
    page.wait_for_function(
        "element => element.scrollTop + element.clientHeight >= element.scrollHeight - 1", arg=error.element_handle()
    )
