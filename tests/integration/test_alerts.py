"""Alerts: ten thousand failures are one message; what goes on is told once; a hook that hangs holds no tick up; a
channel's address is never shown. Real SMTP server, real HTTP receivers."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from standardwebhooks import Webhook

from tests.integration.factory import insert_job
from tests.unit.handlers.conftest import AnyPort
from tests.unit.handlers.servers import serving
from tickwork.alerts import deliveries
from tickwork.alerts.channel import check_url, url_hint

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
EVENTS = ["no_tick", "due_late", "job_failed"]


class Receiver(BaseHTTPRequestHandler):
    """Keeps (path, headers, body) of each POST; answers `statuses` in turn, then 200."""

    got: list[tuple[str, Any, bytes]]
    statuses: list[int]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append((self.path, self.headers, body))
        self.send_response(self.statuses.pop(0) if self.statuses else 200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch, wired: Any) -> Iterator[Any]:
    """A webhook receiver that this run may reach: `url`, `got`, `statuses`, `bodies()`."""
    handler = type("Hook", (Receiver,), {"got": [], "statuses": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    monkeypatch.setenv("HTTP_ALLOW_HOSTS", "127.0.0.1")
    monkeypatch.setenv("WEBHOOK_SECRET", SECRET)
    monkeypatch.setattr("tickwork.alerts.watch.deliver", partial(deliveries.deliver, patience=20))
    wired.settings.cache_clear()
    handler.url = f"http://127.0.0.1:{server.server_port}/hook/its-secret-path"
    handler.bodies = staticmethod(lambda: [json.loads(body) for _, _, body in handler.got])
    yield handler
    server.shutdown()
    thread.join()
    server.server_close()


class Inbox:
    def __init__(self) -> None:
        self.mails: list[Any] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.mails.append(envelope)
        return "250 OK"


@pytest.fixture
def inbox(wired: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A mail server that this run may reach; `mails` are its envelopes."""
    inbox = Inbox()
    controller = AnyPort(inbox, hostname="127.0.0.1", port=0)
    controller.start()
    inbox.address = f"127.0.0.1:{controller.port}"
    monkeypatch.setenv("HTTP_ALLOW_HOSTS", "127.0.0.1")
    wired.settings.cache_clear()
    yield inbox
    controller.stop()


def channel(api: Any, url: str, kind: str = "webhook", events: list[str] = EVENTS) -> dict[str, Any]:
    answer = api("POST", "/alerts/channels", json={"name": "On call", "kind": kind, "url": url, "events": events})
    assert answer.status_code == 201, answer.text
    return answer.json


def reconcile(api: Any, wired: Any) -> dict[str, Any]:
    """A tick that looks at everything, as one does once a minute."""
    wired.index()._redis.hset(wired.index().shards[0].state, "reconcile_at", 0)
    return api.tick()


def later(sql: Any, seconds: int) -> None:
    """As if that much time had passed since alerts were told and tried."""
    sql.execute("update tickwork.alert_states set told_at = told_at - make_interval(secs => %s)", [seconds])
    sql.execute("update tickwork.alert_deliveries set next_try_at = next_try_at - make_interval(secs => %s)", [seconds])


def test_ten_thousand_failures_are_one_message(
    api: Any, hook: Any, sql: Any, wired: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel(api, hook.url, events=["job_failed"])
    monkeypatch.setenv("RECONCILE_SECONDS", "3600")
    wired.settings.cache_clear()
    api.tick()  # looks at the new index: a slow machine's first of many ticks would tell of the failures until then
    for _ in range(2):
        jobs = [{"type": "permanent"} for _ in range(5_000)]
        assert api("POST", "/jobs", json=jobs).status_code == 201
    while api("GET", "/jobs/stats").json["counts"]["failed"] < 10_000:
        api.tick()
    for _ in range(3):
        reconcile(api, wired)
    (body,) = hook.bodies()
    assert (body["type"], body["data"]["count"], body["data"]["job_type"]) == ("alert.job_failed", 10_000, "permanent")
    assert body["data"]["title"] == "Tickwork: 10,000 jobs of type permanent failed"
    (told,) = api("GET", "/alerts").json["deliveries"]
    assert (told["channel"], told["event"], told["ok"], told["error"], told["count"]) == (
        "On call", "job_failed", True, None, 10_000,
    )  # fmt: skip


def test_failures_after_that_are_told_five_minutes_later_with_their_own_number(
    api: Any, hook: Any, sql: Any, wired: Any
) -> None:
    channel(api, hook.url)
    api.create("permanent")
    reconcile(api, wired)
    for _ in range(3):
        api.create("permanent")
    api.tick()
    reconcile(api, wired)
    assert [body["data"]["count"] for body in hook.bodies()] == [1]
    later(sql, 301)
    reconcile(api, wired)
    assert [body["data"]["count"] for body in hook.bodies()] == [1, 3]
    later(sql, 301)
    reconcile(api, wired)
    assert len(hook.got) == 2


def test_types_are_told_apart_and_retries_are_no_failures(api: Any, hook: Any, wired: Any) -> None:
    channel(api, hook.url)
    api.create("permanent")
    api.create("strict", max_retries=0, payload={"n": 1})
    api.create("fails", max_retries=0)
    api.create("fails", max_retries=3)
    api.tick()
    reconcile(api, wired)
    told = {body["data"]["job_type"]: body["data"]["count"] for body in hook.bodies()}
    assert told == {"permanent": 1, "fails": 1}


def test_failures_before_the_channel_are_no_news_to_it(api: Any, hook: Any, sql: Any, wired: Any) -> None:
    api.create("permanent")
    reconcile(api, wired)
    channel(api, hook.url)
    later(sql, 301)
    reconcile(api, wired)
    assert hook.got == []


def test_late_jobs_are_told_once_until_that_is_over(
    api: Any, hook: Any, sql: Any, wired: Any, monkeypatch: Any
) -> None:
    channel(api, hook.url)
    monkeypatch.setenv("TICK_BUDGET_SECONDS", "0.000001")  # nothing is started: jobs stay due
    wired.settings.cache_clear()
    late = insert_job(sql, due_in=-400)
    for _ in range(3):
        reconcile(api, wired)
        later(sql, 301)
    (body,) = hook.bodies()
    assert (body["type"], body["data"]["count"]) == ("alert.due_late", 1)
    assert 400 <= body["data"]["seconds"] < 420
    sql.execute("update tickwork.jobs set scheduled_at = now() + interval '1 hour' where id = %s", [late])
    reconcile(api, wired)
    sql.execute("update tickwork.jobs set scheduled_at = now() - interval '1 hour' where id = %s", [late])
    reconcile(api, wired)
    assert [body["type"] for body in hook.bodies()] == ["alert.due_late"] * 2


def test_a_dead_ticker_is_told_by_whoever_asks_for_health_once(
    api: Any, hook: Any, sql: Any, wired: Any, monkeypatch: Any
) -> None:
    channel(api, hook.url)
    api.tick()
    monkeypatch.setenv("TICK_SILENCE_SECONDS", "0.2")
    wired.settings.cache_clear()
    monkeypatch.setattr("tickwork.alerts.watch.SILENCE_LOOK_SECONDS", 0.0)
    wired.silence_watch.cache_clear()
    time.sleep(0.25)
    callers = [threading.Thread(target=api, args=("GET", path)) for path in ("/health", "/jobs/stats") * 4]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert api("GET", "/health").status_code == 503
    (body,) = hook.bodies()
    assert body["type"] == "alert.no_tick"
    assert body["data"]["seconds"] >= 0.2
    reconcile(api, wired)  # ticks are back; silent again, but less than five minutes after it was told
    time.sleep(0.25)
    api("GET", "/health")
    assert len(hook.got) == 1
    later(sql, 301)
    api("GET", "/health")
    assert len(hook.got) == 2


def test_webhooks_are_signed_and_a_repeat_has_the_same_id(api: Any, hook: Any, sql: Any, wired: Any) -> None:
    channel(api, hook.url)
    hook.statuses += [500, 302]
    api.create("permanent")
    reconcile(api, wired)
    for _ in range(2):
        later(sql, 3600)
        reconcile(api, wired)
    assert len(hook.got) == 3
    for _, headers, body in hook.got:
        assert Webhook(SECRET).verify(body, dict(headers.items()))
    assert len({headers["webhook-id"] for _, headers, _ in hook.got}) == 1
    (told,) = api("GET", "/alerts").json["deliveries"]
    assert (told["ok"], told["error"]) == (True, None)


def test_what_cannot_be_sent_is_tried_five_times_and_then_left(api: Any, hook: Any, sql: Any, wired: Any) -> None:
    channel(api, hook.url)
    hook.statuses += [500] * 9
    api.create("permanent")
    for _ in range(8):
        reconcile(api, wired)
        later(sql, 7200)
    assert len(hook.got) == 5
    (told,) = api("GET", "/alerts").json["deliveries"]
    assert (told["ok"], told["error"]) == (False, "answered 500")


def one_message_waits(api: Any, hook: Any, wired: Any) -> None:
    """That a job failed, for the one channel there is."""
    channel(api, hook.url)
    reconcile(api, wired)
    api.create("permanent")
    api.tick()
    wired.alerts().digest_failures()


def test_what_kills_who_sends_it_is_tried_five_times_too(api: Any, hook: Any, sql: Any, wired: Any) -> None:
    one_message_waits(api, hook, wired)
    tries = []
    for _ in range(8):
        tries += [message.tries for message in wired.alerts().claim_deliveries()]  # and then its function dies
        later(sql, 121)
    assert tries == [1, 2, 3, 4, 5]


def test_an_address_that_is_none_is_refused_and_where_it_was_stored_before_told(api: Any, sql: Any) -> None:
    made = channel(api, "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ", "slack")
    sql.execute("update tickwork.alert_channels set url = 'slack://[canary'")
    answer = api("POST", f"/alerts/channels/{made['id']}/test")
    assert (answer.status_code, answer.json["ok"]) == (200, False)
    assert "canary" not in answer.json["error"]
    sql.execute("update tickwork.alert_channels set kind = 'webhook'")
    assert [shown["url_hint"] for shown in api("GET", "/alerts").json["channels"]] == ["…"]
    for kind in ("slack", "webhook", "email"):
        body = {"name": "x", "kind": kind, "url": f"{kind}://[", "events": EVENTS}
        refused = api("POST", "/alerts/channels", json=body)
        assert (refused.status_code, refused.json["errors"][0]["message"]) == (422, "url: Invalid IPv6 URL")


HANGS_SECONDS = 5 * deliveries.PATIENCE_SECONDS


def test_a_hook_that_hangs_holds_no_tick_up(api: Any, hook: Any, sql: Any, wired: Any, monkeypatch: Any) -> None:
    release = threading.Event()
    with serving(lambda connection: release.wait(HANGS_SECONDS)) as hung:
        monkeypatch.setenv("HTTP_ALLOW_HOSTS", "127.0.0.1")
        wired.settings.cache_clear()
        monkeypatch.setattr("tickwork.alerts.watch.deliver", deliveries.deliver)
        channel(api, f"{hung.url}/never")
        channel(api, hook.url)
        api.create("permanent")
        start = time.monotonic()
        reconcile(api, wired)
        assert time.monotonic() - start < 0.8 * HANGS_SECONDS  # patience is short, but this machine may be busy
        until = time.monotonic() + 20
        while not hook.got:  # the others do not wait for it either
            assert time.monotonic() < until
        release.set()
        while len(api("GET", "/alerts").json["deliveries"]) < 2 or "" in _errors(api):
            assert time.monotonic() < until
            time.sleep(0.05)


def _errors(api: Any) -> list[str]:
    return [told["error"] or "" for told in api("GET", "/alerts").json["deliveries"] if not told["ok"]]


def test_what_a_dead_function_was_to_send_is_sent_by_another(api: Any, hook: Any, sql: Any, wired: Any) -> None:
    one_message_waits(api, hook, wired)
    assert len(wired.alerts().claim_deliveries()) == 1  # and then its function dies
    reconcile(api, wired)
    assert hook.got == []
    later(sql, 121)
    reconcile(api, wired)
    assert len(hook.got) == 1


def test_email_goes_the_way_of_all_mail(api: Any, inbox: Any, wired: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("SMTP_URL", f"smtp://{inbox.address}")
    monkeypatch.setenv("EMAIL_FROM", "Tickwork <jobs@example.com>")
    wired.settings.cache_clear()
    made = channel(api, "ops@example.com", "email")
    assert api("POST", f"/alerts/channels/{made['id']}/test").json == {"ok": True, "error": None}
    (mail,) = inbox.mails
    assert mail.rcpt_tos == ["ops@example.com"]
    assert b"Subject: Tickwork: test message" in mail.content


def test_email_through_a_server_of_its_own(api: Any, inbox: Any) -> None:
    made = channel(api, f"mailto://{inbox.address}?to=ops@example.com&from=tickwork@example.com", "email")
    assert api("POST", f"/alerts/channels/{made['id']}/test").json == {"ok": True, "error": None}
    (mail,) = inbox.mails
    assert (mail.rcpt_tos, mail.mail_from) == (["ops@example.com"], "tickwork@example.com")
    (told,) = api("GET", "/alerts").json["deliveries"]
    assert (told["event"], told["ok"], told["count"]) == ("test", True, 1)


def test_slack(api: Any, hook: Any, monkeypatch: Any) -> None:
    import apprise.plugins.slack

    monkeypatch.setattr(apprise.plugins.slack.NotifySlack, "webhook_url", hook.url.rpartition("/")[0])
    made = channel(api, "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ", "slack")
    assert api("POST", f"/alerts/channels/{made['id']}/test").json == {"ok": True, "error": None}
    ((path, _, body),) = hook.got
    assert path == "/hook/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
    assert "This channel works" in body.decode()
    hook.statuses.append(404)
    failed = api("POST", f"/alerts/channels/{made['id']}/test").json
    assert not failed["ok"]
    assert "TIiajkdnlazkcOXrIdevi7FQ" not in failed["error"]


@pytest.mark.parametrize(
    ("kind", "url"),
    [
        ("webhook", "http://127.0.0.1/x"), ("webhook", "http://169.254.169.254/latest"), ("webhook", "ftp://a.example/"),
        ("webhook", "http://localhost:8080/"), ("webhook", "slack://a/b/c"), ("webhook", "http://u:p@a.example/"),
        ("slack", "https://evil.example/services/a/b/c"), ("slack", "https://hooks.slack.com.evil.example/services/a/b/c"),
        ("slack", "discord://a/b"), ("email", "nobody"), ("email", "mailto://"), ("email", "json://a.example"),
        ("email", "mailto://u:p@a.example?pgp=yes&pgpkey=/etc/passwd"), ("email", "a@b.example\r\nBcc:x@y.example"),
        ("pager", "a@b.example"), ("email", "mailto://u:p@a.example?to=x@y.example;verify=no"),
        ("email", "mailto://u:p@a.example?to=x@y.example#&pgpkey=/etc/passwd"),
        ("email", "mailto://u:p@a.example:x?to=x@y.example"), ("email", "mailto://u:p@a.example:65536?to=x@y.example"),
        ("slack", "slack://%5B"), ("slack", "slack://http://"), ("slack", "slack://a/b"), ("slack", "slack://xoxb-1:1"),
        ("slack", "slack://a/b/c?template=/etc/passwd"), ("webhook", "http://a.example:http/"),
    ],
)  # fmt: skip
def test_where_no_channel_may_lead(api: Any, kind: str, url: str) -> None:
    body = {"name": "x", "kind": kind, "url": url, "events": EVENTS}
    assert api("POST", "/alerts/channels", json=body).status_code == 422
    assert api("GET", "/alerts").json["channels"] == []


def test_a_name_that_leads_inside_is_not_called(api: Any, hook: Any, wired: Any, monkeypatch: Any, inbox: Any) -> None:
    """Both the webhook's guard and the one before Apprise look at every address that the name resolves to."""
    monkeypatch.setenv("HTTP_ALLOW_HOSTS", "")
    wired.settings.cache_clear()
    monkeypatch.setattr("tickwork.handlers.http.client._look_up", lambda host, port: ["127.0.0.1"])
    port, smtp = hook.url.split(":")[2].split("/")[0], inbox.address.split(":")[1]
    for made in (
        channel(api, f"http://inside.example:{port}/x"),
        channel(api, f"mailto://inside.example:{smtp}?to=a@b.example&from=c@d.example", "email"),
    ):
        answer = api("POST", f"/alerts/channels/{made['id']}/test").json
        assert not answer["ok"]
        assert "private addresses are refused" in answer["error"]
    assert hook.got == inbox.mails == []


def test_a_name_that_answers_differently_the_second_time_is_not_called(
    api: Any, hook: Any, wired: Any, monkeypatch: Any, inbox: Any
) -> None:
    """DNS rebinding: public when it is looked at, this machine when Apprise resolves it again and connects."""
    import apprise.plugins.slack

    monkeypatch.setenv("HTTP_ALLOW_HOSTS", "")
    wired.settings.cache_clear()
    asked: list[str] = []
    real = socket.getaddrinfo

    def resolve(host: Any, port: Any, *more: Any, **options: Any) -> Any:
        if host != "rebinds.example":
            return real(host, port, *more, **options)
        asked.append(host)
        address = "93.184.216.34" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, int(port)))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    web, smtp = hook.url.split(":")[2].split("/")[0], inbox.address.split(":")[1]
    monkeypatch.setattr(apprise.plugins.slack.NotifySlack, "webhook_url", f"http://rebinds.example:{web}/hook")
    mail = channel(api, f"mailto://rebinds.example:{smtp}?to=a@b.example&from=c@d.example", "email")
    slack = channel(api, "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ", "slack")
    for made in (mail, slack):
        answer = api("POST", f"/alerts/channels/{made['id']}/test").json
        assert not answer["ok"]
        assert "127.0.0.1 port" in answer["error"]
        assert "private addresses are refused" in answer["error"]
    assert len(asked) == 3
    assert hook.got == inbox.mails == []
    assert api("GET", "/jobs").status_code == 200, "only while it sends, and only in that thread"


def test_an_address_is_never_shown_again(api: Any, hook: Any, sql: Any, wired: Any, capsys: Any) -> None:
    hook.statuses += [500] * 5
    urls = {
        "webhook": f"{hook.url}?token=canary-of-webhook",
        "email": "mailto://ada:canary-of-mail@mail.invalid?to=ops@example.com",
        "slack": "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/canaryOfSlackIdevi7FQxxx",
    }
    seen = []
    for kind, url in urls.items():
        made = channel(api, url, kind)
        seen += [json.dumps(made)]
        if kind != "slack":
            seen.append(api("POST", f"/alerts/channels/{made['id']}/test").text)
    api.create("permanent")
    reconcile(api, wired)
    seen += [api("GET", "/alerts").text, capsys.readouterr().out]
    found = [word for word in ("canary", "its-secret-path") for text in seen if word in text]
    assert found == []
    assert "hooks.slack.com/…" in json.loads(seen[-2])["channels"][2]["url_hint"]


@pytest.mark.parametrize(
    "url",
    ["slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ", "slack://bot@T1JJ3T3L2/A1BRTD4JD/TIiaj/#ops/@ada/",
     "slack://xoxb-" "1234-1234-4ddbc191", "slack://bot@xoxp-" "1234-4ddbc191/%23ops/+C0123/ada@example.com"],
)  # fmt: skip
def test_apprises_tokens_and_channels_lead_to_slack(url: str) -> None:
    from apprise import Apprise

    check_url("slack", url)
    assert Apprise.instantiate(url).service_name == "Slack"


def test_hints_tell_channels_apart() -> None:
    assert url_hint("email", "ops@example.com") == "o…@example.com"
    assert url_hint("email", "mailto://u:p@mail.example?to=x@y.example") == "mailto://mail.example/…"
    assert url_hint("webhook", "https://a.example:8443/path?q=1") == "https://a.example/…"


def test_channels_come_and_go(api: Any, hook: Any, sql: Any, wired: Any) -> None:
    made = channel(api, hook.url, events=["job_failed", "job_failed"])
    assert made["events"] == ["job_failed"]
    assert api("DELETE", f"/alerts/channels/{made['id']}").status_code == 204
    assert api("DELETE", f"/alerts/channels/{made['id']}").status_code == 404
    assert api("POST", f"/alerts/channels/{made['id']}/test").status_code == 404
    api.create("permanent")
    reconcile(api, wired)
    assert hook.got == []
    for _ in range(50):
        channel(api, hook.url)
    full = {"name": "x", "kind": "webhook", "url": hook.url, "events": EVENTS}
    assert api("POST", "/alerts/channels", json=full).status_code == 409


def test_an_idle_tick_still_costs_no_sql(api: Any, hook: Any, wired: Any, monkeypatch: Any) -> None:
    channel(api, hook.url)
    reconcile(api, wired)
    monkeypatch.setattr(wired.database(), "connection", lambda: pytest.fail("an idle tick used Postgres"))
    api.tick()


def test_nothing_of_apprise_is_imported_before_it_is_needed() -> None:
    import subprocess
    import sys

    code = (
        "import sys, tickwork.api.queries, tickwork.engine.tick, tickwork.alerts.watch, tickwork.alerts.manage;"
        "print([m for m in sys.modules if m.split('.')[0] in ('apprise', 'requests', 'httpcore', 'boto3')])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"
