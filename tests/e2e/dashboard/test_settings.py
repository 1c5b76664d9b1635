"""The user's choices, and the deployment's."""

import re

from playwright.sync_api import Browser, expect

from tests.e2e.dashboard.browser import Watched, new_page
from tests.e2e.dashboard.conftest import Open
from tests.e2e.dashboard.parts import row
from tests.e2e.dashboard.stack import Stack


def test_the_theme_follows_the_system_until_one_is_chosen(stack: Stack, browser: Browser) -> None:
    watched = new_page(browser, color_scheme="dark")
    page = watched.page
    page.goto(stack.url)
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    assert page.evaluate(ground) == "rgb(16, 17, 20)"
    page.get_by_role("button", name="Settings").click()
    page.get_by_text("Light", exact=True).click()
    assert page.evaluate(ground) == "rgb(246, 246, 244)"
    page.reload()
    assert page.evaluate(ground) == "rgb(246, 246, 244)"
    assert watched.faults() == []
    page.context.close()


def test_times_are_in_the_chosen_zone_and_as_dates_if_wished(stack: Stack, open_page: Open) -> None:
    job = stack.one()
    page = open_page()
    time = row(page, job["id"]).locator(".col-scheduled_at time")
    expect(time).to_have_text(re.compile(r"in \d+ yr"))
    page.get_by_role("button", name="Settings").click()
    page.get_by_label("Time zone").select_option("Asia/Tokyo")
    page.get_by_label("Show dates instead").check()
    expect(time).to_have_text("1 Jan 2035, 09:00:00")
    expect(time).to_have_attribute("title", "1 Jan 2035, 09:00:00 GMT+9")


def test_motion_stops_for_those_who_ask(stack: Stack, browser: Browser) -> None:
    watched = new_page(browser, reduced_motion="reduce")
    watched.page.goto(stack.url)
    expect(watched.page.locator(".live-dot")).to_be_visible()
    assert watched.page.locator(".live-dot").evaluate("dot => getComputedStyle(dot).animationIterationCount") == "1"
    watched.page.context.close()


def test_config_json_says_where_the_api_is(stack: Stack, watched: Watched) -> None:
    """Another origin: without CORS it is refused, so the page says that it does not answer; nothing else is asked."""
    page = watched.page
    other = stack.url.replace("127.0.0.1", "localhost")
    page.route("**/config.json", lambda route: route.fulfill(json={"api": f"{other}/"}))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(stack.url)
    expect(page.get_by_text("the API isn’t responding.")).to_be_visible()
    assert {url.split("/jobs")[0] for url in asked if "/jobs" in url} == {other}
    page.goto("about:blank")
    watched.errors.clear()
