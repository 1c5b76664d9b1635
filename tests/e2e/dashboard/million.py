"""How the dashboard feels with a million jobs: `python -m tests.e2e.dashboard.million [JOBS]` prints medians in ms."""

import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import psycopg
from playwright.sync_api import Browser, Page, expect

from tests.e2e.dashboard.browser import chromium, new_page
from tests.e2e.dashboard.parts import chips, rows
from tests.e2e.dashboard.stack import Stack, running
from tests.servers import Keeper, make_database, shared_servers

RUNS = 9
FILL = """
insert into tickwork.jobs (id, type, status, payload, priority, scheduled_at, created_at, updated_at, completed_at,
  failed_reason, attempt, started_at)
select
  (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8'
    || substr(md5(n::text), 4, 15))::uuid,
  (array['email', 'email', 'http', 'pdf'])[1 + n %% 4], status,
  jsonb_build_object('to', 'user' || n || '@example.com', 'subject', 'Number ' || n), (n * 7) %% 11 - 5,
  case status when 'pending' then now() + make_interval(secs => n / 10.0) else at end, at, at,
  case status when 'completed' then at + interval '2 seconds' end,
  case status when 'failed' then 'TimeoutError: no answer within 10 s' end, 1, at
from generate_series(1, %s) n,
  lateral (select now() - make_interval(secs => n / 2.0) as at,
    (array['completed', 'completed', 'completed', 'completed', 'pending', 'failed', 'cancelled', 'completed'])
      [1 + n %% 8] as status) row
"""
FILTERS = {
    "status=failed": "?status=failed",
    "type=pdf": "?type=pdf",
    "status=pending by due time": "?status=pending&sort=scheduled_at",
    "priority": "?priority_min=5&sort=-priority",
    "created in the last hour": "?created_from=-1h",
    "text that is found": "?q=number%20777",
    "text that is rare": "?q=user999983%40",
}


def fill(dsn: str, jobs: int) -> None:
    with psycopg.connect(dsn, autocommit=True) as sql:
        sql.execute(FILL, [jobs])
        sql.execute("vacuum analyze tickwork.jobs")


def first_rows(browser: Browser, stack: Stack) -> float:
    """From navigation to fifty rows on the screen."""
    watched = new_page(browser)
    start = time.perf_counter()
    watched.page.goto(stack.url, wait_until="commit")
    expect(rows(watched.page)).to_have_count(50)
    took = time.perf_counter() - start
    watched.page.context.close()
    return took * 1000


def filtered(page: Page, search: str) -> float:
    """From the choice of a filter to its rows; measured in the page, where no test tool delays it."""
    page.evaluate("history.pushState({}, '', '?status=cancelled'); dispatchEvent(new PopStateEvent('popstate'))")
    expect(chips(page)).to_contain_text(["Cancelled"])
    page.wait_for_timeout(300)
    return float(
        page.evaluate(
            """(search) => new Promise((resolve) => {
                const start = performance.now();
                const done = () => !document.querySelector('.skeleton-row')
                    && document.querySelector('main .job-row, main .empty');
                const look = () => {
                    const took = performance.now() - start;
                    return took > 4 && done() ? resolve(took) : requestAnimationFrame(look);
                };
                history.pushState({}, '', search);
                dispatchEvent(new PopStateEvent('popstate'));
                requestAnimationFrame(look);
            })""",
            search,
        )
    )


def measure(stack: Stack) -> None:
    with chromium() as browser:
        print(f"first 50 rows               {median(first_rows(browser, stack) for _ in range(RUNS)):6.0f}")
        page = new_page(browser).page
        page.goto(stack.url)
        expect(rows(page)).to_have_count(50)
        for name, search in FILTERS.items():
            print(f"{name:<27} {median(filtered(page, search) for _ in range(RUNS)):6.0f}", flush=True)


def main(jobs: int) -> None:
    with TemporaryDirectory(prefix="tickwork-") as name:
        keeper = Keeper(Path(name))
        try:
            servers = shared_servers(Path(name))
            dsn = make_database(servers.dsn, "million")
            fill(dsn, jobs)
            print(f"{jobs} jobs, medians of {RUNS} in ms", flush=True)
            with running(dsn, f"{servers.redis_url}/0", Path(name)) as stack:
                stack.tick()
                measure(stack)
        finally:
            keeper.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
