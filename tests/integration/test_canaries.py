"""Secrets that were made recognisable are looked for in every log line, every answer and every row."""

import json
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from tests.integration.conftest import Api
from tests.integration.test_alerts import reconcile
from tests.integration.test_traces import collector  # noqa: F401 (a fixture)
from tests.unit.handlers.servers import answers, serving
from tickwork import connections
from tickwork.api.openapi import document
from tickwork.auth.gate import gate
from tickwork.engine import tracing

CANARIES = {
    "API_KEY": "canary-api-key-0000000000001",
    "TICK_SECRET": "canary-tick-secret-0000000001",
    "TICK_SECRET_PREVIOUS": "canary-tick-previous-00000001",
    "QSTASH_CURRENT_SIGNING_KEY": "canary-qstash-current-0000001",
    "WEBHOOK_SECRET": "whsec_Y2FuYXJ5LXdlYmhvb2stc2VjcmV0LTE=",
    "SUPABASE_KEY": "canary-supabase-key-000000001",
    "SMTP_URL": "smtp://user:canary-smtp-password@127.0.0.1:1",
}
VALUES = [*CANARIES.values(), "canary-smtp-password", "canary-payload-password"]


@pytest.fixture
def everything(capsys: Any, apps: dict[str, Any], wired: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Every operation, called rightly and wrongly by everybody; the texts of all answers, the log, a key."""
    for name, value in CANARIES.items():
        monkeypatch.setenv(name, value)
    for part in (wired.settings, gate):
        part.cache_clear()
    admin = Api(apps, CANARIES["API_KEY"])
    key = admin("POST", "/keys", json={"name": "shop", "role": "operator"}).json["key"]
    payload = {"password": "canary-payload-password"}
    admin("POST", "/jobs", json=[{"type": kind, "payload": payload} for kind in ("ok", "fails", "permanent")])
    answers = []

    def call_all() -> None:
        for bearer in (CANARIES["API_KEY"], CANARIES["TICK_SECRET"], key, key[:-2] + "xx", "wrong", ""):
            client = Api(apps, bearer)
            for path, methods in document()["paths"].items():
                for method in methods:
                    for body in (None, b"{", b'{"name": 1, "ids": ["x"]}'):
                        where = path.replace("{id}", str(uuid4()))
                        answer = client(method.upper(), where, data=body, content_type="application/json")
                        answers.append(str(answer.headers) + answer.text)

    call_all()
    monkeypatch.setenv("REDIS_URL", "redis://:canary-redis-password@127.0.0.1:1/0")
    for part in (wired.settings, wired.index, connections.redis_client, gate):
        part.cache_clear()
    call_all()
    return answers, capsys.readouterr().out, key


def test_no_secret_leaves(everything: Any, sql: psycopg.Connection[Any]):
    answers, logs, key = everything
    rows = []
    for (table,) in sql.execute("select tablename from pg_tables where schemaname = 'tickwork'").fetchall():
        rows += [text for (text,) in sql.execute(f"select t::text from tickwork.{table} t").fetchall()]
    assert "auth.refused" in logs
    assert len(answers) > 600
    secrets = [*VALUES, "canary-redis-password", key.split("_", 2)[2]]
    for secret in secrets:
        assert secret not in logs
        assert not [text for text in answers if secret in text]
        if secret != "canary-payload-password":  # which is what a job's payload is for
            assert not [row for row in rows if secret in row]


@pytest.mark.parametrize("status", [500, 503, 410])
@pytest.mark.parametrize("headers", [{}, {"Retry_After": "7"}])
def test_an_echo_of_what_was_sent_is_in_the_attempt_alone(api, wired, monkeypatch, capsys, status, headers):
    monkeypatch.setenv("HTTP_ALLOW_HOSTS", "127.0.0.1")
    wired.settings.cache_clear()
    body = {"password": "canary-payload-password"}
    with serving(answers(status, json.dumps(body).encode(), **headers)) as server:
        job = api.create("http", {"url": server.url, "body": body}, max_retries=0)
        api("POST", "/tick")
    listed = api("GET", "/jobs")
    assert (listed.json["items"][0]["failed_reason"] or "").endswith(f"answered {status}")
    assert "canary" not in listed.text + capsys.readouterr().out
    assert "canary" in api("GET", f"/jobs/{job['id']}").json["attempts"][0]["error"]


CHANNELS = {
    "webhook": "https://hooks.invalid/canary-webhook-path?token=canary-webhook-token",
    "slack": "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/canaryOfSlackIdevi7FQxxx",
    "email": "mailto://ada:canary-mail-password@mail.invalid?to=ops@example.com",
}
IN_CHANNELS = ["canary-webhook-path", "canary-webhook-token", "canaryOfSlackIdevi7FQxxx", "canary-mail-password"]
READ = ["/alerts", "/audit", "/metrics", "/jobs", "/jobs/stats", "/keys", "/health", "/me"]


@pytest.fixture
def alarmed(
    capsys: Any,
    apps: dict[str, Any],
    wired: Any,
    collector: Any,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> Any:
    """Channels whose addresses are secret, each tested and told of a failure in vain, on a database with a password,
    which then goes away. What was answered, logged, and traced."""
    import apprise.plugins.slack

    monkeypatch.setattr(apprise.plugins.slack.NotifySlack, "webhook_url", "http://hooks.invalid")
    for name, value in CANARIES.items():
        monkeypatch.setenv(name, value)
    dsn = wired.settings().database_url.get_secret_value()
    _use(wired, monkeypatch, make_conninfo(dsn, password="canary-dsn-password"))
    admin = Api(apps, CANARIES["API_KEY"])
    answers = []
    for kind, url in CHANNELS.items():
        new = {"name": kind, "kind": kind, "url": url, "events": ["job_failed"]}
        made = admin("POST", "/alerts/channels", json=new)
        answers += [made.text, admin("POST", f"/alerts/channels/{made.json['id']}/test").text]
    admin("POST", "/jobs", json=[{"type": "permanent", "payload": {"password": "canary-payload-password"}}] * 2)
    admin("POST", "/tick")
    wired.alerts().digest_failures()
    reconcile(admin, wired)
    logs, until = capsys.readouterr().out, monotonic() + 30
    while logs.count("alert.not_sent") < len(CHANNELS):
        assert monotonic() < until
        sleep(0.02)
        logs += capsys.readouterr().out
    assert tracing.provider().force_flush(30_000)  # type: ignore[union-attr]
    answers += [admin("GET", path).text for path in READ]
    answers.append(admin("DELETE", f"/alerts/channels/{made.json['id']}").text)
    monkeypatch.setattr("tickwork.stores.postgres.database.CONNECT_SECONDS", 1)
    _use(wired, monkeypatch, make_conninfo(dsn, password="canary-dsn-password", host="127.0.0.1", port=1))
    answers += [admin(*call).text for call in (("GET", "/metrics"), ("GET", "/jobs"), ("POST", "/tick"))]
    return answers, logs + capsys.readouterr().out, [str(span) for span in collector.spans]


def _use(wired: Any, monkeypatch: pytest.MonkeyPatch, dsn: str) -> None:
    if wired.database.cache_info().currsize:
        wired.database().close()
    monkeypatch.setenv("DATABASE_URL", dsn)
    for part in (wired.settings, wired.database, wired.store, wired.keys, wired.runner, gate, tracing.provider):
        part.cache_clear()


def test_no_secret_of_a_channel_or_of_a_store_leaves(alarmed: Any, sql: psycopg.Connection[Any]):
    answers, logs, spans = alarmed
    rows = []
    for (table,) in sql.execute("select tablename from pg_tables where schemaname = 'tickwork'").fetchall():
        if table != "alert_channels":  # where they are kept
            rows += [text for (text,) in sql.execute(f"select t::text from tickwork.{table} t").fetchall()]
    assert {"channel.add", "channel.test", "channel.remove"} <= {
        action for (action,) in sql.execute("select action from tickwork.audit").fetchall()
    }
    assert any("tickwork_jobs" in text for text in answers)
    assert len([text for text in spans if "process permanent" in text]) == 2
    for secret in [*VALUES, *IN_CHANNELS, "canary-dsn-password"]:
        assert secret not in logs
        assert not [text for text in [*answers, *spans] if secret in text]
        if secret != "canary-payload-password":
            assert not [row for row in rows if secret in row]
