"""Secrets that were made recognisable are looked for in every log line, every answer and every row."""

from typing import Any
from uuid import uuid4

import psycopg
import pytest

from shared import connections
from shared.access import gate
from shared.openapi import document
from tests.integration.conftest import Api

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
