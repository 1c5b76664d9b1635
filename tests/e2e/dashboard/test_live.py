"""Live updates: what others do appears by itself, and asking costs little and never piles up."""

import os
import time

from playwright.sync_api import Page, Request, expect

from tests.e2e.dashboard.browser import Watched
from tests.e2e.dashboard.conftest import Open
from tests.e2e.dashboard.parts import hide, row, rows, tab
from tests.e2e.dashboard.stack import FAR, Stack, mail

UPDATES = int(os.environ.get("UPDATES", "200"))
# Notes in milliseconds how long the page chose to wait before each poll, whatever it took; `PACE` lets time run faster.
NOTE_WAITS = """
globalThis.waits = [];
const later = globalThis.setTimeout;
globalThis.setTimeout = (run, ms, ...rest) => {
  if (ms > 1000) waits.push(ms);
  return later(run, ms > 1000 ? ms / PACE : ms, ...rest);
};
"""


def note_waits(page: Page, pace: int = 1) -> None:
    page.add_init_script(NOTE_WAITS.replace("PACE", str(pace)))


def waits(page: Page, count: int) -> list[float]:
    """At least so many, once there are."""
    page.wait_for_function("count => waits.length >= count", arg=count, timeout=30_000)
    return list(page.evaluate("waits"))


def polls(page: Page, seconds: float) -> list[Request]:
    """The API calls that a page makes by itself in a while."""
    seen: list[Request] = []
    page.on("request", lambda request: seen.append(request))
    page.wait_for_timeout(seconds * 1000)
    return [request for request in seen if "/jobs" in request.url]


def test_a_job_is_seen_from_create_to_completed(stack: Stack, open_page: Open, watched: Watched) -> None:
    """Within two seconds: that is a wait and a round trip."""
    note_waits(watched.page)
    page = open_page()
    expect(page.get_by_role("heading", name="No jobs yet")).to_be_visible()
    job = stack.one(type="http", payload=stack.echo(), scheduled_at=None)
    expect(row(page, job["id"])).to_contain_text("Pending")
    stack.tick()
    expect(row(page, job["id"])).to_contain_text("Completed")
    expect(tab(page, "Completed")).to_contain_text("1")
    assert max(waits(page, 3)) < 1500


def test_a_change_takes_the_place_of_the_old_row_without_moving_or_unselecting_it(
    stack: Stack, open_page: Open
) -> None:
    made = [stack.one() for _ in range(3)]
    page = open_page()
    rows(page).nth(1).get_by_role("checkbox").check()
    element = row(page, made[1]["id"]).element_handle()
    stack.put(f"/jobs/{made[1]['id']}/cancel")
    expect(row(page, made[1]["id"])).to_contain_text("Cancelled")
    assert element
    assert element.evaluate("row => row.isConnected && row.querySelector('input').checked")
    stack.one()
    waiting = page.get_by_role("button", name="1 new job")
    expect(waiting).to_be_visible()
    expect(rows(page)).to_have_count(3)
    waiting.click()
    expect(rows(page)).to_have_count(4)


def test_an_idle_page_costs_304s_one_after_another(stack: Stack, open_page: Open, watched: Watched) -> None:
    stack.one()
    note_waits(watched.page)
    minute = time.time() // 60  # before the last answer that those to be seen are compared with
    page = open_page()
    expect(rows(page)).to_have_count(1)
    before = len(waits(page, 2))
    seen: list[Request] = []
    page.on("request", lambda request: seen.append(request))
    assert min(waits(page, before + 3)) > 1300
    assert 4 <= len(seen) <= 8, "jobs and figures, three times, and half a time more at either end"
    fresh = [request for request in seen if (answer := request.response()) and answer.status != 304]
    # The curve of the last hour moves on with each minute, and with it the answer that has it.
    assert len(fresh) <= time.time() // 60 - minute
    assert all("/jobs/stats" in request.url for request in fresh)


def test_polls_never_overlap_though_the_api_is_slow(stack: Stack, open_page: Open) -> None:
    stack.one()
    page = open_page()
    expect(rows(page)).to_have_count(1)
    flying: dict[str, int] = {}
    most = 0

    def slow(route) -> None:
        nonlocal most
        name = route.request.url.split("?")[0]
        flying[name] = flying.get(name, 0) + 1
        most = max(most, flying[name])
        page.wait_for_timeout(2500)
        flying[name] -= 1
        route.continue_()

    page.route("**/jobs?*", slow)
    page.wait_for_timeout(6500)
    page.unroute_all(behavior="ignoreErrors")
    assert most == 1


def test_a_hidden_tab_sends_nothing_and_catches_up_when_it_is_seen_again(stack: Stack, open_page: Open) -> None:
    page = open_page()
    expect(page.get_by_role("heading", name="No jobs yet")).to_be_visible()
    hide(page)
    page.wait_for_timeout(500)
    assert polls(page, 4) == []
    job = stack.one()
    hide(page, hidden=False)
    expect(row(page, job["id"])).to_be_visible()


def test_a_switch_stops_and_starts_it(stack: Stack, open_page: Open) -> None:
    stack.one()
    page = open_page()
    expect(rows(page)).to_have_count(1)
    switch = page.get_by_role("switch", name="Live updates")
    switch.click()
    expect(switch).to_have_attribute("aria-checked", "false")
    page.wait_for_timeout(500)
    assert polls(page, 3) == []
    job = stack.one()
    page.keyboard.press("p")
    expect(row(page, job["id"])).to_be_visible()


def test_without_the_api_the_last_good_rows_stay_and_it_recovers_alone(
    stack: Stack, open_page: Open, watched: Watched
) -> None:
    job = stack.one()
    page = open_page()
    expect(row(page, job["id"])).to_be_visible()
    stack.stop()
    expect(page.get_by_text("the API isn’t responding.")).to_be_visible()
    expect(page.locator("table.is-old")).to_be_visible()
    expect(row(page, job["id"])).to_contain_text("Pending")
    stack.start()
    expect(page.get_by_text("the API isn’t responding.")).to_have_count(0, timeout=30_000)  # alone: nobody clicks
    later = stack.one()
    expect(row(page, later["id"])).to_be_visible()
    watched.want_refusals()


def test_waiting_grows_while_the_api_is_away(stack: Stack, open_page: Open, watched: Watched) -> None:
    note_waits(watched.page, pace=50)
    watched.page.route("**/jobs/stats*", lambda route: route.abort())
    chosen = waits(open_page(), 6)[:6]
    watched.page.unroute_all(behavior="ignoreErrors")
    assert chosen == sorted(chosen)
    assert chosen[0] > 2500
    assert 54_000 < chosen[-1] < 66_000
    watched.want_refusals()


def test_many_updates_leave_memory_flat(stack: Stack, open_page: Open) -> None:
    """Two hundred polls that change all fifty rows, 10,000 updates, as fast as the page takes them."""
    stack.create(*({"type": "email", "payload": mail(), "scheduled_at": FAR} for _ in range(50)))
    page = open_page()
    expect(rows(page)).to_have_count(50)
    session = page.context.new_cdp_session(page)
    answer = stack.client.get("/jobs", params={"limit": 50}).json()
    turn = 0

    def changed(route) -> None:
        nonlocal turn
        turn += 1
        for job in answer["items"]:
            job["priority"] = turn % 500
        route.fulfill(json=answer)

    page.route("**/jobs?*", changed)
    sizes = []
    for _ in range(3):
        goal = turn + UPDATES // 3
        while turn < goal:
            hide(page)
            hide(page, hidden=False)  # to be seen again asks at once
            page.wait_for_timeout(5)
        session.send("HeapProfiler.collectGarbage")
        heap = session.send("Runtime.getHeapUsage")["usedSize"]  # performance.memory stands still for minutes
        sizes.append((heap, page.evaluate("document.querySelectorAll('*').length")))
    page.unroute_all(behavior="ignoreErrors")
    assert sizes[2][0] < sizes[0][0] + 2_000_000
    assert abs(sizes[2][1] - sizes[0][1]) < 20
