"""The overview: how much, how fast, how late, and whether anything ticks."""

import re
from typing import Any

from playwright.sync_api import Browser, expect

from tests.e2e.dashboard.browser import Watched, new_page
from tests.e2e.dashboard.conftest import Open
from tests.e2e.dashboard.parts import chips, rows, tab, toast
from tests.e2e.dashboard.stack import Stack


def run_some(stack: Stack) -> None:
    """Two completed, one failed, one pending."""
    ok = {"type": "http", "payload": stack.echo()}
    stack.create(ok, ok, ok | {"payload": stack.echo(status=400), "max_retries": 0})
    stack.tick()
    stack.one()


def test_counts_open_their_lists(stack: Stack, open_page: Open) -> None:
    run_some(stack)
    page = open_page("?view=overview")
    expect(tab(page, "Completed")).to_contain_text("2")
    tab(page, "Failed").click()
    expect(chips(page)).to_have_text(["Status Failed"], use_inner_text=True)
    expect(rows(page)).to_have_count(1)


def test_a_phone_shows_every_count(stack: Stack, browser: Browser) -> None:
    run_some(stack)
    watched = new_page(browser, viewport={"width": 390, "height": 844})
    watched.page.goto(stack.url)
    for status in ("All", "Pending", "Running", "Completed", "Failed", "Cancelled"):
        expect(tab(watched.page, status)).to_be_in_viewport(ratio=1)
    assert watched.faults() == []
    watched.page.context.close()


def test_types_open_their_lists(stack: Stack, open_page: Open) -> None:
    run_some(stack)
    page = open_page("?view=overview")
    table = page.get_by_role("region", name="By type")
    table.get_by_role("row", name=re.compile("^http")).get_by_role("link", name="2").click()
    expect(page).to_have_url(f"{stack.url}/?status=completed&type=http")
    expect(rows(page)).to_have_count(2)


def in_one_minute(stats: dict[str, Any]) -> dict[str, Any]:
    """The answer as it is when no minute turned since the first job ran: all of it in the last point."""
    *before, last = stats["throughput"]["points"]
    for name in ("completed", "failed", "retried"):
        last[name] += sum(point[name] for point in before)
        for point in before:
            point[name] = 0
    return stats


def test_throughput_is_drawn_read_out_and_a_table(stack: Stack, open_page: Open, watched: Watched) -> None:
    run_some(stack)
    hour = "**/jobs/stats?range=1h"
    watched.page.route(hour, lambda route: route.fulfill(json=in_one_minute(route.fetch(headers={}).json())))
    page = open_page("?view=overview")
    expect(page.locator(".bar-completed.bar")).to_have_count(1)
    chart = page.get_by_role("group", name=re.compile("Completed, failed and retried"))
    chart.focus()
    page.keyboard.press("End")
    expect(chart).to_contain_text("2 completed, 0 retried, 1 failed")
    page.get_by_text("Show as table").click()
    expect(page.locator(".data-table tbody tr")).to_have_count(1)
    page.get_by_text("24h", exact=True).click()
    expect(page).to_have_url(re.compile("range=24h"))
    expect(page.locator(".bar-completed.bar")).to_have_count(1)
    page.unroute_all(behavior="ignoreErrors")


def test_waiting_and_running_are_told_apart(stack: Stack, open_page: Open) -> None:
    run_some(stack)
    page = open_page("?view=overview")
    for title in ("Wait time", "Run time"):
        card = page.locator("section", has=page.get_by_role("heading", name=title))
        expect(card.locator(".figure").first).to_have_text(re.compile(r"≤ \d"))  # buckets know no more
    expect(card).to_contain_text("time waiting in its batch")  # not the handler's own time


def test_the_oldest_due_job_is_told(stack: Stack, open_page: Open) -> None:
    stack.tick()
    stack.one(scheduled_at=None)
    page = open_page("?view=overview")
    card = page.locator("section", has=page.get_by_role("heading", name="Backlog"))
    expect(card).to_contain_text(re.compile(r"Oldest due\s*\d+"))
    card.get_by_role("link", name="Due now").click()
    expect(rows(page)).to_have_count(1)


def test_silence_is_loud_and_a_tick_by_hand_ends_it(stack: Stack, open_page: Open) -> None:
    stack.one(type="http", payload=stack.echo(), scheduled_at=None)
    page = open_page("?view=overview")
    expect(page.get_by_text("No tick yet").first).to_be_visible()
    expect(page.get_by_text("Jobs only run when something calls POST /tick")).to_be_visible()
    page.get_by_role("button", name="Run one tick now").click()
    expect(toast(page)).to_contain_text("The tick took 1 job")
    expect(page.get_by_text("No tick yet")).to_have_count(0)
    expect(tab(page, "Completed")).to_contain_text("1")


def test_a_store_that_is_away_is_named(stack: Stack, open_page: Open) -> None:
    """The one answer that is altered on its way: the stack's Valkey belongs to other tests too."""
    stack.tick()
    page = open_page()

    def without_redis(route) -> None:
        route.fulfill(json=route.fetch(headers={}).json() | {"degraded": ["redis"]})

    page.route("**/jobs/stats*", without_redis)
    expect(page.get_by_text("The Redis index isn’t reachable. Jobs still run")).to_be_visible()
    page.unroute_all(behavior="ignoreErrors")
