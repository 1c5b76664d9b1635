"""Jobs whose every text is an attack: it is shown as text, on every view, and nothing of it runs."""

import json
from functools import partial
from typing import Any

import psycopg
from playwright.sync_api import Page, Route, expect

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
    watched.want_refusals()


def test_a_hostile_file_is_only_text(stack: Stack, open_page: Open, watched: Watched) -> None:
    page = open_page("?view=import")
    lines = [json.dumps({"type": "email", "payload": {"to": attack, attack: attack}}) for attack in PAYLOADS]
    buffer = "\n".join(lines).encode()
    page.get_by_label("Choose a file").set_input_files(
        {"name": f"{PAYLOADS[1][:30]}.ndjson", "mimeType": "x/y", "buffer": buffer}
    )
    expect(page.get_by_text("100 with errors")).to_be_visible()
    page.get_by_role("button", name="Edit line 2", exact=True).click()
    assert page.evaluate("globalThis.pwned ?? null") is None
    assert page.locator("main img, dialog img, main iframe").count() == 0


def test_hostile_names_of_keys_channels_and_actors_are_only_text(
    stack: Stack, open_page: Open, watched: Watched, sql: psycopg.Connection[Any]
) -> None:
    """Stored as no API would: whatever stands in the tables, the settings show it as text."""
    fill_settings(sql)
    page = open_page("?view=settings")
    expect(page.locator(".entry")).to_have_count(len(TEXTS))
    shows_all(page, TEXTS)
    page.get_by_role("button", name="Revoke").first.click()
    shows_all(page, [])
    page.goto(f"{stack.url}/?view=settings&tab=alerts")
    expect(page.locator(".entry").first).to_be_visible()
    shows_all(page, TEXTS[:50])
    page.get_by_role("button", name="Remove").first.click()
    shows_all(page, [])
    fill_alerts(sql, TEXTS[50:])
    page.goto(f"{stack.url}/?view=settings&tab=alerts&again")
    expect(page.get_by_text(TEXTS[50][:40]).first).to_be_visible()
    shows_all(page, TEXTS[50:])
    page.goto(f"{stack.url}/?view=settings&tab=audit")
    expect(page.locator(".entry")).to_have_count(50)
    page.get_by_role("button", name="Show older").click()
    expect(page.locator(".entry")).to_have_count(len(TEXTS))
    shows_all(page, TEXTS)


def test_a_hostile_name_of_the_signed_in_is_only_text(stack: Stack, open_page: Open, watched: Watched) -> None:
    page = open_page()
    for text in TEXTS[::10]:
        who = {"name": text, "role": text, "via": text, "expires_at": text}
        page.route("**/me", partial(answer, who))
        page.reload()
        page.get_by_role("button", name="Signed in as").click()
        expect(page.locator(".account")).to_contain_text(text[:20])
        shows_all(page, [text])
    page.unroute_all(behavior="ignoreErrors")


def answer(body: dict[str, str], route: Route) -> None:
    route.fulfill(json=body)


def fill_settings(sql: psycopg.Connection[Any]) -> None:
    """Keys, channels, deliveries and audit entries that are attacks in every text."""
    fill_alerts(sql, TEXTS[:50])
    cursor = sql.cursor()
    cursor.executemany(
        "insert into tickwork.api_keys (id, name, role, prefix, hash, created_by)"
        " values (gen_random_uuid(), %s, 'viewer', lpad(to_hex(%s::int), 8, '0'), decode(repeat('00', 32), 'hex'), %s)",
        [(text[:100], place, text) for place, text in enumerate(TEXTS)],
    )
    cursor.executemany(
        "insert into tickwork.audit (actor, via, action, detail, request_id) values (%s, %s, %s, %s, %s)",
        [(text, text, text, json.dumps({text: text}), text) for text in TEXTS],
    )


def fill_alerts(sql: psycopg.Connection[Any], texts: list[str]) -> None:
    """These alone; there may be fifty channels."""
    cursor = sql.cursor()
    cursor.execute("truncate tickwork.alert_channels, tickwork.alert_deliveries")
    cursor.executemany(
        "insert into tickwork.alert_channels (id, name, kind, url, events)"
        " values (gen_random_uuid(), %s, 'webhook', %s, array[%s])",
        [(text[:100], f"https://{text}", text) for text in texts],
    )
    cursor.executemany(
        "insert into tickwork.alert_deliveries (id, channel_id, channel, event, tries, error)"
        " values (gen_random_uuid(), gen_random_uuid(), %s, %s, 1, %s)",
        [(text, text, text) for text in texts],
    )


def shows_all(page: Page, texts: list[str]) -> None:
    """Every attack is there as text, and no element that one of them would have made."""
    shown = page.locator("body").text_content() or ""
    assert [text for text in texts if text[:100] not in shown] == []
    assert page.locator("img, iframe, object, embed, video, math, body script, body style").count() == 0
    assert page.locator("a[href^='javascript:'], a[href^='data:']").count() == 0
    assert page.evaluate("globalThis.pwned ?? null") is None


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
