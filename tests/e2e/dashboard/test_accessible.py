"""axe finds nothing on any page, in either theme, on a phone or a desk; and no page is wider than its screen."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.e2e.dashboard.browser import new_page
from tests.e2e.dashboard.conftest import API_KEY
from tests.e2e.dashboard.parts import add_filter, dialog, rows
from tests.e2e.dashboard.stack import Stack

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE = Axe()
SCREENS = [(theme, width) for theme in ("light", "dark") for width in (360, 1440)]


def fill(stack: Stack) -> dict[str, str]:
    """Jobs of every kind; the ids of some."""
    stack.create(
        {"type": "http", "payload": stack.echo()},
        {"type": "http", "payload": stack.echo(status=500), "max_retries": 3},
        {"type": "http", "payload": stack.echo(status=400), "max_retries": 0, "priority": 9},
    )
    stack.tick()
    stack.put(f"/jobs/{stack.one()['id']}/cancel")
    stack.one(scheduled_at=None, delay_seconds=1800)
    stack.key("billing", "operator")
    stack.post(
        "/alerts/channels",
        {"name": "Nobody", "kind": "webhook", "url": f"{stack.url}/echo?status=500", "events": ["no_tick"]},
    )
    failed = stack.client.get("/jobs", params={"status": "failed"}).json()["items"][0]["id"]
    return {"failed": failed, "pending": stack.one()["id"]}


def select_two(page: Page) -> None:
    for place in (0, 1):
        page.locator("tbody").get_by_role("checkbox").nth(place).check()
    page.get_by_role("button", name="Select all matching").click()
    expect(page.get_by_text(re.compile(r"All \d+ matching"))).to_be_visible()


def confirm(page: Page) -> None:
    select_two(page)
    page.get_by_role("region", name="Selected jobs").get_by_role("button", name="Cancel jobs").click()
    expect(dialog(page)).to_be_visible()


def faulty_form(page: Page) -> None:
    page.get_by_role("button", name="Create job").click()
    expect(page.get_by_text("Subject is required")).to_be_visible()


def json_tab(page: Page) -> None:
    page.get_by_role("tab", name="JSON").click()


def list_field(page: Page) -> None:
    page.get_by_role("group", name="Lines").get_by_role("button", name="Add").click()


def preview(page: Page) -> None:
    text = "type,to,subject,text\nemail,ada@example.com,a,b\nemail,nobody,a,b\n"
    file: Any = {"name": "jobs.csv", "mimeType": "text/csv", "buffer": text.encode()}
    page.get_by_label("Choose a file").set_input_files(file)
    expect(page.get_by_text("1 with errors")).to_be_visible()


def finished(page: Page) -> None:
    preview(page)
    page.get_by_role("button", name="Create 1 job").click()
    expect(page.get_by_text("1 job created")).to_be_visible()


def settings(page: Page) -> None:
    page.get_by_role("button", name="Settings").click()
    expect(page.get_by_text("Single-key shortcuts")).to_be_visible()


def account(page: Page) -> None:
    page.get_by_role("button", name="Signed in as").click()
    expect(page.get_by_text("Keys, alerts, audit log")).to_be_visible()


def abandoned_form(page: Page) -> None:
    page.get_by_label("Subject").fill("Half a thought")
    page.keyboard.press("Escape")
    expect(page.get_by_text("Discard unsaved changes?")).to_be_visible()


def new_key(page: Page) -> None:
    page.get_by_role("button", name="New key").click()
    expect(dialog(page)).to_be_visible()


def made_key(page: Page) -> None:
    new_key(page)
    dialog(page).get_by_label("Name").fill(f"made {page.evaluate('performance.timeOrigin')}")
    dialog(page).get_by_role("button", name="Create key").click()
    expect(dialog(page)).to_contain_text("be shown again")


def revoke_key(page: Page) -> None:
    page.get_by_role("button", name="Revoke").first.click()
    expect(dialog(page)).to_contain_text("cannot be undone")


def new_channel(page: Page) -> None:
    page.get_by_role("button", name="New channel").click()
    expect(dialog(page)).to_be_visible()


def failed_test(page: Page) -> None:
    page.get_by_role("button", name="Send a test").first.click()
    expect(page.get_by_role("alert")).to_contain_text(" failed: ")


def cancel_one(page: Page) -> None:
    expect(rows(page).first).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("Delete")
    expect(page.locator(".toast")).to_be_visible()


def nothing(page: Page) -> None:
    pass


VIEWS: dict[str, tuple[str, Callable[[Page], Any]]] = {
    "jobs": ("", nothing),
    "selected": ("", select_two),
    "confirm": ("", confirm),
    "toast": ("?status=pending", cancel_one),
    "filters": ("?status=pending&priority_min=-5&q=a", add_filter),
    "settings": ("", settings),
    "no match": ("?q=nothing-like-this", nothing),
    "failed job": ("?job={failed}", nothing),
    "pending job": ("?job={pending}", nothing),
    "reschedule": ("?dialog=reschedule.{pending}", nothing),
    "create": ("?new=email", faulty_form),
    "create json": ("?new=http", json_tab),
    "create list": ("?new=pdf", list_field),
    "overview": ("?view=overview", nothing),
    "timeline": ("?view=timeline", nothing),
    "import": ("?view=import", nothing),
    "preview": ("?view=import", preview),
    "imported": ("?view=import", finished),
    "palette": ("?dialog=palette", nothing),
    "help": ("?dialog=help", nothing),
    "account": ("", account),
    "abandoned form": ("?new=email", abandoned_form),
    "keys": ("?view=settings", nothing),
    "new key": ("?view=settings", new_key),
    "made key": ("?view=settings", made_key),
    "revoke key": ("?view=settings", revoke_key),
    "alerts": ("?view=settings&tab=alerts", nothing),
    "new channel": ("?view=settings&tab=alerts", new_channel),
    "failed test": ("?view=settings&tab=alerts", failed_test),
    "audit": ("?view=settings&tab=audit", nothing),
}


def complaints(page: Page) -> list[str]:
    found = AXE.run(page, options={"runOnly": {"type": "tag", "values": TAGS}}).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:160]} {node['failureSummary'][:300]}" for rule in found for node in rule["nodes"]
    ]


@pytest.mark.parametrize(("theme", "width"), SCREENS)
def test_axe_finds_nothing(stack: Stack, browser: Browser, theme: Any, width: int) -> None:
    ids = fill(stack)
    found: list[str] = []
    watched = new_page(browser, color_scheme=theme, viewport={"width": width, "height": 900}, reduced_motion="reduce")
    page = watched.page
    for name, (search, arrange) in VIEWS.items():
        page.goto(f"{stack.url}/{search.format(**ids)}")
        expect(page.locator("main")).to_be_visible()
        arrange(page)
        page.wait_for_timeout(200)
        wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        faults = complaints(page) + (["wider than the screen"] if wide else [])
        found += [f"{name}: {fault}" for fault in faults]
    found += watched.faults()
    page.context.close()
    assert not found, "\n".join(found)


@pytest.mark.parametrize(("theme", "width"), SCREENS)
def test_axe_finds_nothing_at_the_door_and_for_a_viewer(
    secured: Stack, browser: Browser, theme: Any, width: int
) -> None:
    secured.one()
    viewer = secured.key("Grafana", "viewer")
    watched = new_page(browser, color_scheme=theme, viewport={"width": width, "height": 900}, reduced_motion="reduce")
    page = watched.page
    page.goto(secured.url)
    expect(page.get_by_label("API key")).to_be_visible()
    found = complaints(page)
    page.get_by_label("API key").fill("tw_wrong")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_text("key isn’t valid")).to_be_visible()
    found += complaints(page)
    watched.want_refusals()
    for key, search in ((viewer, ""), (viewer, "?view=settings"), (viewer, "?view=timeline"), (API_KEY, "")):
        page.goto(f"{secured.url}/{search}#key={key}")
        page.reload()
        expect(page.get_by_role("button", name="Signed in as")).to_be_visible()
        found += complaints(page)
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    watched.want_refusals()  # a viewer's first look at the settings, before the page knew whose key it was
    found += watched.faults()
    page.context.close()
    assert not found, "\n".join(found)


def test_axe_finds_nothing_in_an_empty_system_without_ticks(stack: Stack, browser: Browser) -> None:
    for theme, _ in SCREENS[::2]:
        for search in ("", "?view=overview", "?view=timeline"):
            watched = new_page(browser, color_scheme=theme, viewport={"width": 320, "height": 700})
            watched.page.goto(f"{stack.url}/{search}")
            expect(watched.page.get_by_text("No tick yet").first).to_be_visible()
            expect(watched.page.get_by_role("heading", level=1)).to_be_attached()
            assert complaints(watched.page) == []
            assert not watched.page.evaluate("document.documentElement.scrollWidth > innerWidth")
            watched.page.context.close()


def test_both_ways_to_the_dark_theme_are_the_same() -> None:
    """tokens.css says the dark values twice, for the system's choice and for the user's."""
    css = (Path(__file__).parents[3] / "frontend" / "src" / "styles" / "tokens.css").read_text()
    blocks = [part.split("}")[0].split() for part in css.split("color-scheme: dark;")[1:]]
    assert len(blocks) == 2
    assert blocks[0] == blocks[1]
