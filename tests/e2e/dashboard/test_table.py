"""The job table: what it shows, filters, sorts, pages through, selects, and what can be done from it."""

from playwright.sync_api import Page, expect

from tests.e2e.dashboard.conftest import Open
from tests.e2e.dashboard.stack import Stack, mail


def rows(page: Page):  # noqa: ANN201
    return page.locator("tbody tr[data-id]")


def row(page: Page, id: str):  # noqa: ANN201
    return page.locator(f'tbody tr[data-id="{id}"]')


def test_a_row_says_what_a_job_is(stack: Stack, open_page: Open) -> None:
    job = stack.one(priority=7, max_retries=4)
    shown = row(open_page(), job["id"])
    expect(shown).to_contain_text("Pending")
    expect(shown).to_contain_text("email")
    expect(shown).to_contain_text(job["id"][-8:])
    expect(shown).to_contain_text("7")
    expect(shown).to_contain_text("0/5")
    expect(shown.locator(".col-scheduled_at time")).to_have_attribute("title", "1 Jan 2035, 01:00:00 CET")
