"""The settings page: API keys, alert channels and the audit log, against the real functions."""

import re

import httpx
import psycopg
from playwright.sync_api import Locator, Page, expect

from tests.e2e.dashboard.browser import Watched
from tests.e2e.dashboard.conftest import Open
from tests.e2e.dashboard.parts import dialog, toast
from tests.e2e.dashboard.stack import Stack

SHOWN_ONCE = re.compile(r"tw_[a-z0-9]{8}_[A-Za-z0-9_-]{43}")


def entry(page: Page, text: str) -> Locator:
    return page.locator(".entry", has_text=text)


def make_key(page: Page, name: str, role: str) -> str:
    page.get_by_role("button", name="New key").click()
    dialog(page).get_by_label("Name").fill(name)
    dialog(page).get_by_text(role, exact=True).click()
    dialog(page).get_by_label("Expires").select_option("30")
    dialog(page).get_by_role("button", name="Create key").click()
    expect(dialog(page)).to_contain_text("be shown again")
    return dialog(page).locator("pre").inner_text()


def test_a_key_is_made_shown_once_used_and_revoked(stack: Stack, open_page: Open) -> None:
    page = open_page("?view=settings")
    expect(page.get_by_text("No keys yet")).to_be_visible()
    key = make_key(page, "billing", "Viewer")
    assert SHOWN_ONCE.fullmatch(key)
    page.keyboard.press("Escape")
    expect(dialog(page)).to_contain_text(key)  # not lost by a slip
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    dialog(page).get_by_role("button", name="Copy key").click()
    assert page.evaluate("navigator.clipboard.readText()") == key
    dialog(page).get_by_role("button", name="I’ve saved it").click()
    signed = {"Authorization": f"Bearer {key}"}
    me = httpx.get(f"{stack.url}/me", headers=signed).json()
    assert (me["name"], me["role"]) == ("billing", "viewer")
    page.reload()
    expect(entry(page, "billing")).to_contain_text(re.compile("Viewer.*tw_.{8}_….*expires in .*last used", re.S))
    assert key not in page.content()
    entry(page, "billing").get_by_role("button", name="Revoke").click()
    expect(dialog(page)).to_contain_text("cannot be undone")
    dialog(page).get_by_role("button", name="Cancel", exact=True).click()
    entry(page, "billing").get_by_role("button", name="Revoke").click()
    dialog(page).get_by_role("button", name="Revoke").click()
    expect(toast(page)).to_contain_text("Revoked “billing”")
    expect(page.get_by_text("1 expired or revoked key")).to_be_visible()
    page.wait_for_timeout(5500)  # what a process still takes a key that it has just seen for
    assert httpx.get(f"{stack.url}/me", headers=signed).status_code == 401


def test_what_the_api_refuses_is_said_in_the_form(stack: Stack, open_page: Open, watched: Watched) -> None:
    for _ in range(2):
        stack.key("rotating", "viewer")
    page = open_page("?view=settings&tab=keys")
    expect(entry(page, "rotating")).to_have_count(2)
    page.get_by_role("button", name="New key").click()
    dialog(page).get_by_label("Name").fill("rotating")
    dialog(page).get_by_role("button", name="Create key").click()
    expect(dialog(page).get_by_role("alert")).to_contain_text("revoke one before you make another")
    dialog(page).get_by_label("Name").fill("Käse")
    dialog(page).get_by_role("button", name="Create key").click()
    expect(dialog(page).get_by_label("Name")).to_have_attribute("aria-invalid", "true")
    watched.want_refusals()


def test_a_channel_is_added_tested_and_removed(stack: Stack, open_page: Open, watched: Watched) -> None:
    page = open_page("?view=settings&tab=alerts")
    expect(page.get_by_text("No channels yet: nobody will be notified")).to_be_visible()
    page.get_by_role("button", name="New channel").click()
    form = dialog(page)
    form.get_by_label("Name").fill("On call")
    form.get_by_label("Type").select_option("slack")
    form.get_by_label("Address").fill("https://example.com/")
    form.get_by_role("button", name="Add channel").click()
    expect(form).to_contain_text("give Slack's incoming webhook")
    form.get_by_label("Type").select_option("webhook")
    form.get_by_label("Address").fill(f"{stack.url}/echo?token=very-secret")
    form.get_by_label("no tick").uncheck()
    form.get_by_role("button", name="Add channel").click()
    expect(toast(page)).to_contain_text("Added “On call”")
    expect(entry(page, "On call")).to_contain_text("Webhook")
    expect(entry(page, "On call")).not_to_contain_text("no tick")
    assert "very-secret" not in page.content()
    page.get_by_role("button", name="Send a test").click()
    expect(toast(page)).to_contain_text("Test sent to “On call”")
    expect(page.locator(".entry-low", has_text="test")).to_contain_text("sent")
    page.get_by_role("button", name="Remove On call").click()
    dialog(page).get_by_role("button", name="Remove").click()
    expect(toast(page)).to_contain_text("Removed “On call”")
    expect(page.get_by_text("No channels yet")).to_be_visible()
    assert stack.client.get("/alerts").json()["channels"] == []
    watched.want_refusals()


def test_a_test_that_does_not_arrive_says_why(stack: Stack, open_page: Open) -> None:
    channel = {"name": "Nobody", "kind": "webhook", "url": f"{stack.url}/echo?status=500", "events": ["no_tick"]}
    stack.post("/alerts/channels", channel)
    page = open_page("?view=settings&tab=alerts")
    page.get_by_role("button", name="Send a test").click()
    expect(page.get_by_role("alert")).to_contain_text(" failed: ")
    expect(page.locator(".entry-low", has_text="test")).to_contain_text("failed")


def test_the_audit_log_is_read_page_by_page(stack: Stack, open_page: Open, sql: psycopg.Connection) -> None:  # type: ignore[type-arg]
    job = stack.one()
    stack.put(f"/jobs/{job['id']}/cancel")
    sql.execute(
        "insert into tickwork.audit (actor, via, action, job_id, detail, request_id)"
        " select 'robot ' || n, 'key', 'jobs.cancel', %s, '{}', 'r' || n from generate_series(1, 60) n",
        [job["id"]],
    )
    page = open_page("?view=settings&tab=audit")
    expect(page.locator(".entry")).to_have_count(50)
    page.get_by_role("button", name="Show older").click()
    expect(page.get_by_text(re.compile("6[0-9] entries"))).to_be_visible()
    expect(page.get_by_role("button", name="Show older")).to_have_count(0)
    page.get_by_role("link", name=f"Job …{job['id'][-8:]}").first.click()
    expect(dialog(page)).to_contain_text("Cancelled")


def test_tabs_are_links_and_keys_reach_them(stack: Stack, open_page: Open) -> None:
    page = open_page()
    page.keyboard.press("g")
    page.keyboard.press("s")
    page.get_by_role("tab", name="API keys").focus()
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(f"{stack.url}/?view=settings&tab=alerts")
    expect(page.get_by_role("tab", name="Alerts")).to_be_focused()
    expect(page.get_by_role("heading", name="Deliveries")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("tab", name="API keys")).to_have_attribute("aria-selected", "true")
