"""The job table: what it shows, filters, sorts, pages through, selects, and what can be done from it."""

import re

from playwright.sync_api import expect

from tests.e2e.dashboard.conftest import Open
from tests.e2e.dashboard.parts import add_filter, chips, dialog, ids, row, rows, tab, toast
from tests.e2e.dashboard.stack import FAR, Stack, mail


def test_a_row_says_what_a_job_is(stack: Stack, open_page: Open) -> None:
    job = stack.one(priority=7, max_retries=4)
    shown = row(open_page(), job["id"])
    for text in ("Pending", "email", job["id"][-8:], "7", "0/5", "subject: Hello"):
        expect(shown).to_contain_text(text)
    expect(shown.locator(".col-scheduled_at time")).to_have_attribute("title", "1 Jan 2035, 01:00:00 CET")


def test_a_failed_job_shows_its_last_error(stack: Stack, open_page: Open) -> None:
    job = stack.one(type="http", payload=stack.echo(status=500), scheduled_at=None, max_retries=0)
    stack.tick()
    shown = row(open_page(), job["id"])
    expect(shown).to_contain_text("Failed")
    expect(shown).to_contain_text("1/1")
    expect(shown.locator(".error-text")).to_contain_text("500")


def test_filters_are_chips_in_the_url_and_back_undoes_them(stack: Stack, open_page: Open) -> None:
    wanted = stack.one(type="http", payload=stack.echo(), priority=9)
    stack.one()
    page = open_page()
    form = add_filter(page)
    form.get_by_text("http", exact=True).click()
    expect(rows(page)).to_have_count(1)
    form.get_by_label("at least").fill("5")
    form.get_by_label("at least").press("Enter")
    page.keyboard.press("Escape")
    expect(chips(page)).to_have_text(["Type http", "Priority ≥ 5"], use_inner_text=True)
    expect(page).to_have_url(f"{stack.url}/?type=http&priority_min=5")
    expect(rows(page)).to_have_count(1)
    assert ids(page) == [wanted["id"]]
    page.go_back()
    expect(chips(page)).to_have_count(1)
    page.get_by_role("button", name="Remove filter Type http").click()
    expect(rows(page)).to_have_count(2)
    expect(page).to_have_url(f"{stack.url}/")


def test_a_status_tab_counts_and_filters(stack: Stack, open_page: Open) -> None:
    job = stack.one()
    stack.put(f"/jobs/{stack.one()['id']}/cancel")
    page = open_page()
    expect(tab(page, "Pending")).to_contain_text("1")
    tab(page, "Pending").click()
    expect(rows(page)).to_have_count(1)
    assert ids(page) == [job["id"]]
    expect(tab(page, "Pending")).to_have_attribute("aria-current", "true")


def test_time_filters_are_links_that_stay_true(stack: Stack, open_page: Open) -> None:
    soon = stack.one(scheduled_at=None, delay_seconds=600)
    stack.one()
    page = open_page("?scheduled_from=%2B0m&scheduled_to=%2B1h")
    expect(chips(page)).to_have_text(["Scheduled Next hour"], use_inner_text=True)
    expect(rows(page)).to_have_count(1)
    assert ids(page) == [soon["id"]]


def test_search_looks_into_payloads_and_is_in_the_url(stack: Stack, open_page: Open) -> None:
    wanted = stack.one(payload=mail(subject="Quarterly figures"))
    stack.one()
    page = open_page()
    page.keyboard.press("/")
    page.keyboard.type("quarterly")
    expect(rows(page)).to_have_count(1)
    assert ids(page) == [wanted["id"]]
    expect(page).to_have_url(re.compile("q=quarterly"))
    page.keyboard.press("Escape")
    expect(rows(page)).to_have_count(2)


def test_every_sort_of_the_api_sorts(stack: Stack, open_page: Open) -> None:
    low, high = stack.one(priority=1), stack.one(priority=2, scheduled_at="2030-01-01T00:00:00Z")
    page = open_page()
    for name, first in (("Priority", high), ("Scheduled", low), ("Created", high), ("Created", low)):
        page.get_by_role("columnheader", name=name).get_by_role("button").click()
        expect(rows(page).first).to_have_attribute("data-id", first["id"])
    expect(page.get_by_role("columnheader", name="Created")).to_have_attribute("aria-sort", "ascending")
    expect(page).to_have_url(f"{stack.url}/?sort=created_at")


def test_pages_never_jump_while_new_rows_arrive(stack: Stack, open_page: Open) -> None:
    made = stack.create(*({"type": "email", "payload": mail(), "scheduled_at": FAR} for _ in range(120)))
    newest_first = [job["id"] for job in reversed(made)]
    page = open_page()
    expect(rows(page)).to_have_count(50)
    page.get_by_role("button", name="Next").click()
    expect(rows(page).first).to_have_attribute("data-id", newest_first[50])
    before = ids(page)
    stack.create(*({"type": "email", "payload": mail(), "scheduled_at": FAR} for _ in range(10)))
    expect(tab(page, "All")).to_contain_text("130")
    assert ids(page) == before == newest_first[50:100]
    page.reload()
    expect(rows(page).first).to_have_attribute("data-id", newest_first[50])
    page.get_by_role("button", name="Next").click()
    expect(rows(page)).to_have_count(20)
    page.go_back()
    expect(rows(page)).to_have_count(50)
    page.get_by_role("button", name="Newest").click()
    expect(rows(page).first).not_to_have_attribute("data-id", newest_first[0])


def test_columns_are_a_choice_that_is_remembered(stack: Stack, open_page: Open) -> None:
    stack.one()
    page = open_page()
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("group", name="Columns").get_by_text("Updated").click()
    page.get_by_role("group", name="Columns").get_by_text("Priority").click()
    page.reload()
    expect(page.get_by_role("columnheader", name="Updated")).to_be_visible()
    expect(page.get_by_role("columnheader", name="Priority")).to_have_count(0)


def test_cancel_and_undo_give_the_old_time_back(stack: Stack, open_page: Open) -> None:
    job = stack.one()
    page = open_page()
    row(page, job["id"]).get_by_role("button", name="Cancel").click()
    expect(row(page, job["id"])).to_contain_text("Cancelled")
    assert stack.get(job["id"])["status"] == "cancelled"
    toast(page).get_by_role("button", name="Undo").click()
    expect(row(page, job["id"])).to_contain_text("Pending")
    after = stack.get(job["id"])
    assert (after["status"], after["scheduled_at"]) == ("pending", job["scheduled_at"])


def test_a_change_that_comes_too_late_is_explained(stack: Stack, open_page: Open, watched) -> None:
    job = stack.one()
    page = open_page()
    page.get_by_role("switch", name="Live updates").click()  # so that the page does not know yet
    expect(row(page, job["id"])).to_be_visible()
    stack.put(f"/jobs/{job['id']}/cancel")
    row(page, job["id"]).get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("alert")).to_contain_text("cancelled")
    watched.want_refusals()


def test_rows_are_selected_by_box_range_and_key_and_changed_together(stack: Stack, open_page: Open) -> None:
    made = [stack.one()["id"] for _ in range(6)]
    page = open_page()
    boxes = rows(page).get_by_role("checkbox")
    boxes.nth(1).click()
    boxes.nth(3).click(modifiers=["Shift"])
    expect(page.get_by_text("3 selected")).to_be_visible()
    page.get_by_role("region", name="Selected jobs").get_by_role("button", name="Cancel jobs").click()
    expect(toast(page)).to_contain_text("3 jobs cancelled")
    assert stack.count(status="cancelled") == 3
    toast(page).get_by_role("button", name="Undo").click()
    expect(tab(page, "Pending")).to_contain_text("6")
    assert [stack.get(id)["scheduled_at"] for id in made] == ["2035-01-01T00:00:00Z"] * 6


def test_all_that_match_are_counted_before_they_are_cancelled(stack: Stack, open_page: Open) -> None:
    stack.create(*({"type": "email", "payload": mail(), "scheduled_at": FAR} for _ in range(80)))
    other = stack.one(type="http", payload=stack.echo())
    page = open_page("?type=email&status=pending")
    page.get_by_role("checkbox", name="Select all rows on this page").click()
    expect(page.get_by_text("50 selected")).to_be_visible()
    page.get_by_role("button", name="Select all matching").click()
    expect(page.get_by_text("All 80 matching")).to_be_visible()
    page.get_by_role("region", name="Selected jobs").get_by_role("button", name="Cancel jobs").click()
    expect(dialog(page)).to_contain_text("Cancel 80 jobs?")
    expect(dialog(page)).to_contain_text("email")
    assert stack.count(status="cancelled") == 0
    dialog(page).get_by_role("button", name="Cancel 80 jobs").click()
    expect(toast(page)).to_contain_text("80 jobs cancelled")
    assert stack.count(status="cancelled") == 80
    assert stack.get(other["id"])["status"] == "pending"


def test_nothing_teaches_and_no_match_offers_the_way_out(stack: Stack, open_page: Open) -> None:
    page = open_page()
    expect(page.get_by_role("heading", name="No jobs yet")).to_be_visible()
    expect(page.locator("pre")).to_contain_text(f"curl -X POST '{stack.url}/jobs'")
    stack.one()
    expect(rows(page)).to_have_count(1)
    page.goto(f"{stack.url}/?status=failed&q=nothing")
    expect(page.get_by_role("heading", name="No jobs match these filters")).to_be_visible()
    page.get_by_role("main").get_by_role("button", name="Clear all").last.click()
    expect(rows(page)).to_have_count(1)


def test_a_view_that_the_api_refuses_says_why(stack: Stack, open_page: Open, watched) -> None:
    page = open_page("?status=nonsense")
    expect(page.get_by_role("heading", name="This view could not be loaded")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("status")
    watched.want_refusals()


def test_what_cannot_be_done_to_any_of_the_chosen_says_why(stack: Stack, open_page: Open) -> None:
    ended, pending = stack.one(), stack.one()
    stack.put(f"/jobs/{ended['id']}/cancel")
    page = open_page()
    bar = page.get_by_role("region", name="Selected jobs")
    row(page, ended["id"]).get_by_role("checkbox").check()
    expect(bar.get_by_role("button", name="Cancel jobs")).to_be_disabled()
    expect(bar.get_by_role("button", name="Retry")).to_be_enabled()
    expect(bar).to_contain_text("None of these can be cancelled")
    page.keyboard.press("Delete")
    expect(toast(page)).to_contain_text("None of these can be cancelled")
    row(page, pending["id"]).get_by_role("checkbox").check()
    expect(bar.get_by_role("button", name="Cancel jobs")).to_be_enabled()
    expect(bar).not_to_contain_text("None of these")
