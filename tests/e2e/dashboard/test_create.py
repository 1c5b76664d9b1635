"""The create dialog: a form from the type's schema, its JSON twin, and faults where they belong."""

import json
import re
import subprocess

from playwright.sync_api import Page, expect

from tests.e2e.dashboard.browser import Watched
from tests.e2e.dashboard.conftest import Open
from tests.e2e.dashboard.parts import dialog, rows, toast
from tests.e2e.dashboard.stack import Stack

TO = re.compile("^To, one per line")


def only_job(stack: Stack) -> dict:  # type: ignore[type-arg]
    (job,) = stack.client.get("/jobs").json()["items"]
    return dict(job)


def choose(page: Page, type: str) -> None:
    page.get_by_label("Type").select_option(type)


def test_a_job_is_created_from_its_form_and_seen_at_once(stack: Stack, open_page: Open) -> None:
    page = open_page()
    page.get_by_role("button", name="New job").first.click()
    choose(page, "email")
    page.get_by_label(TO).fill("ada@example.com\ngrace@example.com")
    page.get_by_label("Subject").fill("Hello")
    page.get_by_label(re.compile("^Text")).fill("Dear both")
    page.get_by_label("Priority").fill("12")
    page.get_by_role("button", name="Create job").click()
    expect(toast(page)).to_contain_text("Created email")
    expect(rows(page)).to_have_count(1)
    expect(dialog(page)).to_have_count(0)
    job = only_job(stack)
    assert job["priority"] == 12
    assert job["payload"] == {"to": ["ada@example.com", "grace@example.com"], "subject": "Hello", "text": "Dear both"}


def test_controls_fit_the_schema(stack: Stack, open_page: Open) -> None:
    page = open_page("?new=pdf")
    form = dialog(page)
    form.get_by_label("Invoice number").fill("1042")
    form.get_by_label("Customer").fill("Ada Lovelace")
    form.get_by_role("group", name="Lines").get_by_role("button", name="Add").click()
    form.get_by_label("Description").fill("Consulting")
    form.get_by_label("Unit Price").fill("120.50")
    expect(form.get_by_label("Quantity")).to_have_attribute("placeholder", "1")
    choose(page, "image_resize")
    expect(form.get_by_label("Format")).to_have_value("0")
    assert form.get_by_label("Format").locator("option").all_inner_texts() == ["jpeg", "png", "webp"]
    expect(form.get_by_label("Quality")).to_have_attribute("placeholder", "82")
    choose(page, "http")
    expect(form.get_by_text("http or https, on the public Internet.")).to_be_visible()


def test_faults_are_said_while_typing_and_stop_the_send(stack: Stack, open_page: Open) -> None:
    page = open_page("?new=email")
    form = dialog(page)
    form.get_by_label(TO).fill("not an address")
    expect(form.get_by_text("To must be a valid e-mail address")).to_be_visible()
    expect(form.get_by_label(TO)).to_have_attribute("aria-invalid", "true")
    form.get_by_role("button", name="Create job").click()
    expect(form.get_by_text("Subject is required")).to_be_visible()
    expect(form.get_by_role("alert")).to_have_text("2 fields need attention: Subject, To 1")
    expect(form.get_by_label(TO)).to_be_focused()
    form.get_by_label(TO).fill("ada@example.com")
    expect(form.get_by_text("must be a valid e-mail address")).to_have_count(0)
    form.get_by_label("Priority").fill("512")
    expect(form.get_by_text("must be at most 511")).to_be_visible()
    assert stack.count() == 0


def test_faults_of_the_server_stand_at_their_field(stack: Stack, open_page: Open, watched: Watched) -> None:
    page = open_page("?new=http")
    form = dialog(page)
    form.get_by_label("URL").fill("http://10.0.0.1/private")
    form.get_by_role("button", name="Create job").click()
    expect(form.get_by_label("URL")).to_have_attribute("aria-invalid", "true")
    expect(page.locator(".field", has=page.get_by_label("URL")).locator(".error-text")).not_to_be_empty()
    form.get_by_label("URL").fill(f"{stack.url}/echo")
    form.get_by_role("button", name="Create job").click()
    expect(toast(page)).to_contain_text("Created http")
    watched.want_refusals()


def test_the_json_tab_stays_in_step_both_ways(stack: Stack, open_page: Open) -> None:
    page = open_page("?new=email")
    form = dialog(page)
    form.get_by_label("Subject").fill("From the form")
    form.get_by_role("tab", name="JSON").click()
    text = form.get_by_role("textbox", name="JSON")
    expect(text).to_have_value(re.compile("From the form"))
    text.fill("{ not json")
    expect(form.get_by_text("Not valid JSON")).to_be_visible()
    payload = {"to": ["ada@example.com"], "subject": "From JSON", "text": "x"}
    text.fill(json.dumps({"type": "email", "payload": payload, "max_retries": 7}))
    form.get_by_role("tab", name="Form").click()
    expect(form.get_by_label("Subject")).to_have_value("From JSON")
    expect(form.get_by_label("Retries")).to_have_value("7")
    form.get_by_role("button", name="Create job").click()
    expect(toast(page)).to_contain_text("Created email")
    assert only_job(stack)["max_retries"] == 7


def test_the_curl_does_what_the_form_would(stack: Stack, open_page: Open) -> None:
    page = open_page("?new=email")
    form = dialog(page)
    form.get_by_label(TO).fill("ada@example.com")
    form.get_by_label("Subject").fill('It\'s "quoted" & $HOME')
    form.get_by_label(re.compile("^Text")).fill("x")
    form.get_by_role("tab", name="curl").click()
    command = form.locator("pre").inner_text()
    subprocess.run(["bash", "-c", command + " -fsS"], check=True, capture_output=True)
    assert only_job(stack)["payload"]["subject"] == 'It\'s "quoted" & $HOME'


def test_a_time_is_taken_in_the_chosen_zone_and_spelled_out(stack: Stack, open_page: Open) -> None:
    page = open_page("?new=http")
    form = dialog(page)
    form.get_by_label("URL").fill(f"{stack.url}/echo")
    form.get_by_text("At", exact=True).click()
    form.get_by_label("Time zone").select_option("America/New_York")
    form.get_by_label("At", exact=True).nth(1).fill("2031-07-01T09:30")
    expect(form.get_by_text(re.compile("1 Jul 2031, 09:30:00 GMT-4"))).to_be_visible()
    form.get_by_label("At", exact=True).nth(1).fill("2031-03-09T02:30")
    expect(form.get_by_text("This time doesn’t exist")).to_be_visible()
    form.get_by_label("At", exact=True).nth(1).fill("2031-07-01T09:30")
    form.get_by_role("button", name="Create job").click()
    expect(toast(page)).to_contain_text("Created http")
    assert only_job(stack)["scheduled_at"] == "2031-07-01T13:30:00Z"


def test_a_delay_is_counted_by_the_database(stack: Stack, open_page: Open) -> None:
    page = open_page("?new=http")
    form = dialog(page)
    form.get_by_label("URL").fill(f"{stack.url}/echo")
    form.get_by_text("In", exact=True).click()
    form.get_by_label("In", exact=True).nth(1).fill("2")
    form.get_by_label("Unit").select_option("hours")
    form.get_by_role("button", name="Create job").click()
    expect(toast(page)).to_contain_text("Created http")
    expect(rows(page).first).to_contain_text("in 2 hr")


def test_an_answer_that_was_lost_creates_nothing_twice(stack: Stack, open_page: Open, watched: Watched) -> None:
    page = open_page("?new=http")
    form = dialog(page)
    form.get_by_label("URL").fill(f"{stack.url}/echo")

    def lose(route) -> None:
        if route.request.method == "POST":
            route.fetch()
            route.abort()
        else:
            route.continue_()

    page.route("**/jobs", lose)
    form.get_by_role("button", name="Create job").click()
    expect(page.get_by_role("alert")).to_contain_text("The API isn’t responding")
    page.unroute("**/jobs")
    form.get_by_role("button", name="Create job").click()
    expect(dialog(page)).to_have_count(0)
    assert stack.count() == 1
    watched.want_refusals()


def test_a_rule_about_the_whole_payload_is_said_in_words(stack: Stack, open_page: Open, watched: Watched) -> None:
    page = open_page("?new=pdf")
    dialog(page).get_by_role("button", name="Create job").click()
    expect(dialog(page).get_by_role("alert")).to_contain_text("give one of: invoice_id")
    assert stack.count() == 0
    watched.want_refusals()


def test_the_job_one_creates_is_seen_wherever_the_pointer_rests(stack: Stack, open_page: Open) -> None:
    stack.one(type="http", payload={"url": f"{stack.url}/echo"})
    page = open_page()
    rows(page).first.hover()
    page.keyboard.press("c")
    choose(page, "http")
    dialog(page).get_by_label("URL").fill(f"{stack.url}/echo")
    dialog(page).get_by_role("button", name="Create job").click()
    rows(page).first.hover()
    expect(rows(page)).to_have_count(2)


def test_what_is_written_is_not_lost_without_a_question(stack: Stack, open_page: Open) -> None:
    page = open_page()
    page.keyboard.press("c")
    choose(page, "email")
    page.keyboard.press("Escape")
    expect(dialog(page)).to_have_count(0)  # nothing was written, so nothing is asked
    page.keyboard.press("c")
    choose(page, "email")
    dialog(page).get_by_label("Subject").fill("Half a thought")
    page.keyboard.press("Escape")
    expect(dialog(page).get_by_role("alert")).to_contain_text("Discard unsaved changes?")
    expect(dialog(page).get_by_role("button", name="Keep editing")).to_be_focused()
    page.keyboard.press("Escape")  # twice is no yes
    expect(dialog(page).get_by_role("button", name="Create job")).to_be_visible()
    expect(dialog(page).get_by_label("Subject")).to_have_value("Half a thought")
    page.mouse.click(5, 400)
    dialog(page).get_by_role("button", name="Discard").click()
    expect(dialog(page)).to_have_count(0)
    page.keyboard.press("c")
    choose(page, "email")
    expect(dialog(page).get_by_label("Subject")).to_have_value("")


def test_the_back_button_and_a_reload_keep_what_is_written(stack: Stack, open_page: Open) -> None:
    page = open_page()
    page.get_by_role("banner").get_by_role("button", name="New job").click()
    choose(page, "email")
    dialog(page).get_by_label("Subject").fill("Half a thought")
    page.go_back()
    expect(dialog(page)).to_have_count(0)
    page.get_by_role("banner").get_by_role("button", name="New job").click()
    expect(dialog(page).get_by_label("Subject")).to_have_value("Half a thought")
    page.reload()
    expect(dialog(page).get_by_label("Subject")).to_have_value("Half a thought")
    assert "Half a thought" not in page.evaluate("JSON.stringify(localStorage)")
