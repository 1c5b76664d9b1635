"""Jobs whose every text is an attack: it is shown as text, on every view, and nothing of it runs."""

import json
from typing import Any

import psycopg
from playwright.sync_api import Page, expect

from tests.e2e.dashboard.browser import Watched
from tests.e2e.dashboard.conftest import Open
from tests.e2e.dashboard.parts import dialog, row, rows
from tests.e2e.dashboard.payloads import PAYLOADS, URLS
from tests.e2e.dashboard.stack import Stack, mail

TEXTS = [attack.replace("\x0b", " ") for attack in PAYLOADS]  # JSON in Postgres holds no such character unescaped


DRAWERS = 10  # jobs that are opened; each holds ten attacks in its payload, result and attempts


def attacks(stack: Stack, sql: psycopg.Connection[Any]) -> list[str]:
    """A failed job for each attack, which is its error, with ten of them everywhere else in it; the ids."""
    body = {"type": "email", "scheduled_at": "2035-01-01T00:00:00Z", "payload": mail()}
    ids = [job["id"] for job in stack.create(*[body] * len(TEXTS))]
    for place, id in enumerate(ids):
        ten = TEXTS[place % DRAWERS :: DRAWERS]
        payload = {"to": ten, "subject": TEXTS[place], "text": {text: [text, *URLS] for text in ten}}
        sql.execute(
            "update tickwork.jobs set status = 'failed', payload = %s, failed_reason = %s, result = %s, progress = %s,"
            " attempt = 10, started_at = now() where id = %s",
            [
                json.dumps(payload),
                TEXTS[place],
                json.dumps(dict(zip(ten, ten, strict=True))),
                json.dumps({"message": ten[0]}),
                id,
            ],
        )
        sql.cursor().executemany(
            "insert into tickwork.job_attempts (job_id, attempt, started_at, finished_at, outcome, error, logs)"
            " values (%s, %s, now(), now(), 'failed', %s, %s)",
            [
                (id, n, f"{text}\n{text}", json.dumps([{"at": text, "message": text, text: text}]))
                for n, text in enumerate(ten, 1)
            ],
        )
    return ids


def open_drawer(page: Page, id: str) -> None:
    page.evaluate(
        "(id) => { history.pushState({}, '', '?job=' + id); dispatchEvent(new PopStateEvent('popstate')); }", id
    )
    expect(dialog(page).locator(".attempt")).to_have_count(10)
    page.evaluate("document.querySelectorAll('dialog details').forEach((part) => (part.open = true))")


def test_a_hundred_attacks_are_only_text(
    stack: Stack, open_page: Open, watched: Watched, sql: psycopg.Connection[Any]
) -> None:
    ids = attacks(stack, sql)
    page = open_page()
    expect(rows(page)).to_have_count(50)
    page.get_by_role("button", name="Next").click()
    expect(row(page, ids[0])).to_be_visible()
    for place, id in enumerate(ids[:DRAWERS]):
        open_drawer(page, id)
        text = dialog(page).text_content() or ""
        assert all(attack in text for attack in TEXTS[place::DRAWERS])
    assert page.locator("main img, main iframe, main object, dialog img, dialog iframe, dialog script").count() == 0
    assert page.locator("a[href^='javascript:'], a[href^='data:']").count() == 0
    for search in ("?view=overview", f"?q={TEXTS[1][:40]}", f"?type={TEXTS[0]}", f"?new=email&like={ids[1]}"):
        page.goto(f"{stack.url}/{search}")
        page.wait_for_timeout(300)
        assert page.evaluate("globalThis.pwned ?? null") is None
    watched.forget_refusals()


def test_a_hostile_file_is_only_text(stack: Stack, open_page: Open, watched: Watched) -> None:
    page = open_page("?view=import")
    lines = [json.dumps({"type": "email", "payload": {"to": attack, attack: attack}}) for attack in PAYLOADS]
    buffer = "\n".join(lines).encode()
    page.get_by_label("Choose a file").set_input_files(
        {"name": f"{PAYLOADS[1][:30]}.ndjson", "mimeType": "x/y", "buffer": buffer}
    )
    expect(page.get_by_text("100 with faults")).to_be_visible()
    page.get_by_role("button", name="Edit line 2", exact=True).click()
    assert page.evaluate("globalThis.pwned ?? null") is None
    assert page.locator("main img, dialog img, main iframe").count() == 0


def test_answers_that_are_not_what_was_agreed_do_not_break_the_page(
    stack: Stack, open_page: Open, watched: Watched
) -> None:
    job = stack.one()
    page = open_page()
    expect(row(page, job["id"])).to_be_visible()

    def odd(route) -> None:
        answer = route.fetch(headers={}).json()
        for item in answer["items"]:
            item |= {
                "status": "snoozed",
                "payload": None,
                "failed_reason": None,
                "scheduled_at": "2035-01-01T00:00:00Z",
            }
        route.fulfill(json=answer)

    page.route("**/jobs?*", odd)
    expect(row(page, job["id"])).to_contain_text("snoozed")
    expect(row(page, job["id"])).to_contain_text("over 4 KiB")
    page.unroute_all(behavior="ignoreErrors")
