"""Files of jobs: dropped, judged line by line, mended, created in chunks, and nothing lost on the way."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.dashboard.browser import Watched
from tests.e2e.dashboard.conftest import Open
from tests.e2e.dashboard.parts import dialog
from tests.e2e.dashboard.stack import Stack


def csv_file(folder: Path, count: int, faults: dict[int, str] | None = None) -> Path:
    """`faults`: row → its line instead. Lines are rows + 2: the header is line 1."""
    lines = ["type,to,subject,text,scheduled_at"]
    lines += [
        (faults or {}).get(place, f"email,user{place}@example.com,Hello {place},Hi,2035-01-01 09:00")
        for place in range(count)
    ]
    path = folder / "jobs.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def drop(page: Page, path: Path) -> None:
    """What a user does who lets a file fall on the page."""
    page.evaluate(
        """([name, text]) => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([text], name));
            for (const type of ['dragenter', 'dragover', 'drop'])
                document.body.dispatchEvent(
                    new DragEvent(type, {dataTransfer: transfer, bubbles: true, cancelable: true}));
        }""",
        [path.name, path.read_text()],
    )


def test_a_csv_of_a_thousand_with_three_bad_rows(stack: Stack, open_page: Open, tmp_path: Path) -> None:
    faults = {
        98: "email,not an address,Hello,Hi,",
        498: "emial,ada@example.com,Hello,Hi,",
        698: "email,ada@example.com,Hello,Hi,tomorrow",
    }
    page = open_page()
    drop(page, csv_file(tmp_path, 1000, faults))
    expect(page.get_by_role("heading", name="Import jobs from a file")).to_be_visible()
    expect(page.get_by_text("997 valid")).to_be_visible()
    expect(page.locator("tr[data-line='2']")).to_contain_text("1 Jan 2035, 09:00:00 CET")
    expect(page.get_by_text("3 with errors")).to_be_visible()
    page.get_by_label("Only rows with errors").check()
    expect(page.locator("tr[data-line]")).to_have_count(3)
    expect(page.locator("tr[data-line='100']")).to_contain_text("payload.to.0 must be a valid e-mail address")
    expect(page.locator("tr[data-line='500']")).to_contain_text("unknown type")
    assert stack.count() == 0
    page.get_by_role("button", name="Create 997 jobs").click()
    expect(page.get_by_text("997 jobs created")).to_be_visible(timeout=20_000)
    assert page.locator(".report tbody th").all_inner_texts() == ["100", "500", "700"]
    assert stack.count() == 997
    (job,) = stack.client.get("/jobs", params={"q": "user7@example.com", "limit": 1}).json()["items"]
    assert job["payload"] == {"to": ["user7@example.com"], "subject": "Hello 7", "text": "Hi"}
    assert job["scheduled_at"] == "2035-01-01T08:00:00Z"  # nine o'clock in Berlin, where the browser is
    page.get_by_role("button", name="Show jobs").click()
    expect(page).to_have_url(re.compile("created_from="))
    expect(page.locator("tbody tr[data-id]")).to_have_count(50)


def test_a_row_is_mended_in_the_preview_and_another_left_out(stack: Stack, open_page: Open, tmp_path: Path) -> None:
    page = open_page()
    drop(page, csv_file(tmp_path, 3, {1: "email,nobody,Hello,Hi,"}))
    page.get_by_role("button", name="Edit line 3").click()
    text = dialog(page).get_by_role("textbox")
    text.fill(text.input_value().replace("nobody", "somebody@example.com"))
    dialog(page).get_by_role("button", name="Save").click()
    expect(page.get_by_text("3 valid")).to_be_visible()
    page.get_by_role("button", name="Skip line 2").click()
    page.get_by_role("button", name="Create 2 jobs").click()
    expect(page.get_by_text("2 jobs created")).to_be_visible()
    assert stack.count(q="somebody@example.com") == 1
    assert stack.count(q="user0@example.com") == 0


def test_json_and_ndjson_keep_their_numbers_and_lines(stack: Stack, open_page: Open, tmp_path: Path) -> None:
    good = {"type": "http", "payload": stack.echo() | {"body": {"id": 1}}, "scheduled_at": "2035-01-01T00:00:00Z"}
    big = json.dumps(good).replace('"id": 1', '"id": 9007199254740993')
    page = open_page("?view=import")
    for name, text, line in (
        ("jobs.json", f'[\n{big},\n  {{"type": "http",\n   "payload": {{}}}}\n]', 3),
        ("jobs.ndjson", f"{big}\n\nnot json\n", 3),
    ):
        (tmp_path / name).write_text(text)
        page.get_by_label("Choose a file").set_input_files(tmp_path / name)
        expect(page.locator(f"tr[data-line='{line}'] .error-text")).to_be_visible()
        page.get_by_role("button", name="Create 1 job").click()
        expect(page.get_by_text("1 job created")).to_be_visible()
        page.get_by_role("button", name="Import another file").click()
    assert stack.client.get("/jobs").text.count("9007199254740993") == 2


def test_rows_without_a_type_get_one(stack: Stack, open_page: Open, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("to,subject,text\nada@example.com,Hello,Hi\n")
    page = open_page("?view=import")
    drop(page, path)
    expect(page.get_by_text("1 with errors")).to_be_visible()
    page.get_by_label("Type of rows without one").select_option("email")
    expect(page.get_by_text("1 valid")).to_be_visible()


def test_rows_that_only_the_server_can_refuse_are_reported_by_line(
    stack: Stack, open_page: Open, tmp_path: Path, watched: Watched
) -> None:
    lines = [{"type": "http", "payload": stack.echo()}, {"type": "http", "payload": {"url": "http://10.0.0.1/"}}]
    path = tmp_path / "jobs.ndjson"
    path.write_text("\n".join(map(json.dumps, [*lines, lines[0]])))
    page = open_page("?view=import")
    drop(page, path)
    page.get_by_role("button", name="Create 3 jobs").click()
    expect(page.get_by_text("2 jobs created")).to_be_visible()
    expect(page.locator(".report tbody tr")).to_have_count(1)
    expect(page.locator(".report tbody tr")).to_contain_text("payload.url")
    expect(page.locator(".report tbody th")).to_have_text("2")
    watched.want_refusals()


@pytest.mark.parametrize("lost", ["before", "after"])
def test_a_tab_that_closes_half_way_goes_on_later_and_creates_nothing_twice(
    stack: Stack, open_page: Open, tmp_path: Path, watched: Watched, lost: str
) -> None:
    """The second of three chunks is lost, before or after the API stored it; then the page is gone."""
    page = open_page("?view=import")
    posts = 0

    def cut(route) -> None:
        nonlocal posts
        posts += route.request.method == "POST"
        if route.request.method == "POST" and posts >= 2:
            if lost == "after":
                route.fetch()
            route.abort()
        else:
            route.continue_()

    page.route("**/jobs", cut)
    drop(page, csv_file(tmp_path, 2500))
    page.get_by_role("button", name="Create 2,500 jobs").click()
    expect(page.get_by_text("1,000 of 2,500 created")).to_be_visible(timeout=20_000)
    expect(page.get_by_role("alert")).to_contain_text("The API isn’t responding")
    page.unroute("**/jobs")
    page.reload()
    expect(page.get_by_text("jobs.csv is not finished: 1,000 of 2,500 created.")).to_be_visible()
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_text("2,500 jobs created")).to_be_visible(timeout=20_000)
    assert stack.count() == 2500
    page.get_by_role("button", name="Import another file").click()
    drop(page, csv_file(tmp_path, 2500))
    expect(page.get_by_text("This file has already been imported")).to_be_visible()
    watched.want_refusals()


def test_a_file_that_is_none_of_the_three_is_explained(stack: Stack, open_page: Open, tmp_path: Path) -> None:
    path = tmp_path / "empty.json"
    path.write_text("[]")
    page = open_page("?view=import")
    drop(page, path)
    expect(page.get_by_role("alert")).to_have_text("This file contains no jobs.")
