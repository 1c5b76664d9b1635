"""Who may call what: every operation of openapi.json by every kind of caller, with no gap."""

from typing import Any
from uuid import uuid4

import pytest

from tests.integration.conftest import API_KEY, Api
from tickwork.api.openapi import document
from tickwork.api.routes import ROUTES
from tickwork.auth import keys as keys_module
from tickwork.auth.gate import gate
from tickwork.core.principal import Role

SECRET = "what-the-scheduler-sends-000001"
CALLERS = ["stranger", "forger", "scheduler", "viewer", "operator", "admin"]
# Who may, by the role that openapi.json names; the others must get 401 (nobody we know) or 403 (known, but may not).
MAY = {
    "anyone": {*CALLERS},
    "viewer": {"viewer", "operator", "admin"},
    "operator": {"operator", "admin"},
    "admin": {"admin"},
    "scheduler": {"scheduler", "operator", "admin"},
}
OPERATIONS = {
    operation["operationId"]: (method.upper(), path, operation)
    for path, methods in document()["paths"].items()
    for method, operation in methods.items()
}


@pytest.fixture
def clients(apps: dict[str, Any], wired: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, Api]:
    """A client for each kind of caller, with stored keys for the roles."""
    monkeypatch.setenv("TICK_SECRET", SECRET)
    for part in (wired.settings, gate):
        part.cache_clear()
    admin = Api(apps)
    made = {role: admin("POST", "/keys", json={"name": role, "role": role}).json["key"] for role in Role}
    forged = made[Role.ADMIN][:-1] + ("A" if made[Role.ADMIN][-1] != "A" else "B")
    keys = {"stranger": "", "forger": forged, "scheduler": SECRET} | made
    return {caller: Api(apps, keys[caller]) for caller in CALLERS}


def test_there_is_no_gap_between_routes_and_description():
    described = {name: operation["x-role"] for name, (_, _, operation) in OPERATIONS.items()}
    assert described == {route.name: route.role for route in ROUTES}
    assert set(described.values()) <= set(MAY)
    public = {name for name, role in described.items() if role == "anyone"}
    assert public == {"health", "openapi", "sign_in"}


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_by_every_caller(clients: dict[str, Api], caller: str, name: str):
    method, path, operation = OPERATIONS[name]
    answer = clients[caller](method, path.replace("{id}", str(uuid4())))
    if caller in MAY[operation["x-role"]]:
        assert answer.status_code not in (401, 403)
        return
    unknown = caller in ("stranger", "forger") or (caller == "scheduler" and operation["x-role"] != "scheduler")
    assert answer.status_code == (401 if unknown else 403)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert unknown == ("WWW-Authenticate" in answer.headers)


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_description_says_who_may(name: str):
    operation = OPERATIONS[name][2]
    open_to_all = operation["x-role"] == "anyone"
    assert operation["security"] == ([{}, {"bearer": []}] if open_to_all else [{"bearer": []}])
    assert open_to_all or {"401", "403", "429"} <= set(operation["responses"])


def test_a_refusal_says_which_role_is_needed(clients: dict[str, Api]):
    answer = clients["viewer"]("PUT", f"/jobs/{uuid4()}/cancel")
    assert answer.json["detail"] == "this needs the role operator; yours is viewer"


def test_a_refused_call_changes_nothing(clients: dict[str, Api], sql: Any):
    job = clients["operator"].create()
    for caller in ("stranger", "forger", "scheduler", "viewer"):
        assert clients[caller]("PUT", f"/jobs/{job['id']}/cancel").status_code in (401, 403)
        assert clients[caller]("POST", "/jobs", json={"type": "ok"}).status_code in (401, 403)
        assert clients[caller]("POST", "/keys", json={"name": "x", "role": "admin"}).status_code in (401, 403)
    assert sql.execute("select count(*), min(status) from tickwork.jobs").fetchone() == (1, "pending")
    assert sql.execute("select count(*) from tickwork.api_keys").fetchone() == (3,)


def test_strangers_learn_the_health_and_nothing_else(clients: dict[str, Api]):
    clients["operator"].tick()
    assert clients["stranger"]("GET", "/health").json == {"status": "ok"}
    assert clients["forger"]("GET", "/health").json == {"status": "ok"}
    assert {"postgres", "redis", "last_tick_at"} <= set(clients["viewer"]("GET", "/health").json)


def test_a_refusal_is_the_same_for_what_is_there_and_what_is_not(clients: dict[str, Api]):
    job = clients["operator"].create()
    there, not_there = (clients["stranger"]("GET", f"/jobs/{id}").json for id in (job["id"], uuid4()))
    assert {**there, "request_id": ""} == {**not_there, "request_id": ""}


def test_preflights_need_no_key_and_refusals_may_be_read_by_allowed_pages(clients, wired, monkeypatch):
    monkeypatch.setenv("CORS_ORIGINS", "https://jobs.example.com")
    wired.settings.cache_clear()
    asked = {"Origin": "https://jobs.example.com", "Access-Control-Request-Method": "DELETE"}
    preflight = clients["stranger"]("OPTIONS", "/jobs", headers=asked)
    assert preflight.status_code == 204
    assert "authorization" in preflight.headers["Access-Control-Allow-Headers"]
    assert "DELETE" in preflight.headers["Access-Control-Allow-Methods"]
    for caller, status in (("stranger", 401), ("viewer", 403)):
        refused = clients[caller]("POST", "/jobs", json={}, headers={"Origin": "https://jobs.example.com"})
        assert refused.status_code == status
        assert refused.headers["Access-Control-Allow-Origin"] == "https://jobs.example.com"
        assert "Access-Control-Allow-Credentials" not in refused.headers
        assert refused.headers["X-Content-Type-Options"] == "nosniff"
    for origin in ("https://evil.example.com", "null", "https://jobs.example.com.evil.com"):
        answer = clients["stranger"]("GET", "/jobs", headers={"Origin": origin})
        assert "Access-Control-Allow-Origin" not in answer.headers


# INSECURE_NO_AUTH


@pytest.fixture
def insecure(apps: dict[str, Any], wired: Any, monkeypatch: pytest.MonkeyPatch) -> Api:
    monkeypatch.setenv("INSECURE_NO_AUTH", "loopback")
    for part in (wired.settings, gate):
        part.cache_clear()
    return Api(apps, "")


def test_the_insecure_mode_is_for_this_machine(insecure: Api):
    here = {"REMOTE_ADDR": "127.0.0.1"}
    assert insecure("GET", "/me", environ_base=here).json["via"] == "insecure"
    page = {"Host": "LocalHost:4000", "Origin": "http://127.0.0.1:4000"}
    assert insecure("GET", "/me", environ_base=here, headers=page).status_code == 200
    assert (
        insecure("GET", "/me", environ_base={"REMOTE_ADDR": "::1"}, headers={"Host": "[::1]:4000"}).status_code == 200
    )


NO_HOSTS = (
    "127.0.0.1/.evil.example.com",
    "127.0.0.1#.evil.example.com",
    "127.0.0.1?.evil.example.com",
    "evil.example.com@127.0.0.1",
    "127.0.0.1:abc",
    "[::1].evil.example.com",
)


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        ("192.168.1.7", {}),
        ("10.0.0.1", {}),
        ("", {}),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}),
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}),
        ("127.0.0.1", {"Forwarded": "for=203.0.113.9"}),
        ("127.0.0.1", {"X-Real-IP": "203.0.113.9"}),
        ("127.0.0.1", {"Via": "1.1 proxy"}),
        ("127.0.0.1", {"X-Forwarded-Proto": "https"}),
        ("127.0.0.1", {"CF-Connecting-IP": "203.0.113.9"}),
        ("127.0.0.1", {"Host": "jobs.example.com"}),  # a name that was made to point here
        ("127.0.0.1", {"Host": "127.0.0.1.evil.example.com"}),
        ("127.0.0.1", {"Origin": "https://evil.example.com"}),  # a page of another site
        ("127.0.0.1", {"Origin": "null"}),
        ("127.0.0.1", {"Host": "["}),
        ("127.0.0.1", {"Origin": "http://["}),
        *(("127.0.0.1", {"Host": host}) for host in NO_HOSTS),
        *(("127.0.0.1", {"Origin": f"http://{host}"}) for host in NO_HOSTS),
        ("127.0.0.1", {"Authorization": "Bearer wrong"}),
    ],
)
def test_the_insecure_mode_is_for_nobody_else(insecure: Api, address: str, headers: dict[str, str]):
    assert insecure("GET", "/me", environ_base={"REMOTE_ADDR": address}, headers=headers).status_code == 401


def test_without_that_setting_this_machine_needs_a_key(apps: dict[str, Any], wired: Any):
    assert Api(apps, "")("GET", "/me", environ_base={"REMOTE_ADDR": "127.0.0.1"}).status_code == 401


def test_with_nothing_configured_only_stored_keys_work(
    apps: dict[str, Any], wired: Any, monkeypatch: pytest.MonkeyPatch
):
    key = Api(apps)("POST", "/keys", json={"name": "x", "role": "viewer"}).json["key"]
    monkeypatch.delenv("API_KEY")
    for part in (wired.settings, gate):
        part.cache_clear()
    assert Api(apps, API_KEY)("GET", "/me").status_code == 401
    assert Api(apps, "")("POST", "/tick").status_code == 401
    assert Api(apps, key)("GET", "/me").status_code == 200


@pytest.mark.parametrize(
    "env",
    [
        {"API_KEY": "short"},
        {"TICK_SECRET": "short"},
        {"TICK_AUTH": "none"},
        {"TICK_AUTH": "google"},
        {"TICK_AUTH": "qstash"},
        {"OIDC_ISSUER": "https://id.example.com"},
        {"OIDC_ISSUER": "http://id.example.com", "OIDC_AUDIENCE": "x"},
        {"SUPABASE_URL": "http://x.supabase.co"},
        {"INSECURE_NO_AUTH": "yes"},
        {"DATABASE_URL": "https://db.example.com"},
        {"REDIS_URL": "https://cache.example.com"},
    ],
)
def test_a_half_or_weak_configuration_is_refused_whole(apps, wired, monkeypatch, env):
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    for part in (wired.settings, gate):
        part.cache_clear()
    answer = Api(apps)("GET", "/jobs")
    assert answer.status_code == 503
    assert any(name in answer.json["detail"] for name in env)


def test_a_store_that_is_away_lets_nobody_in(clients: dict[str, Api], monkeypatch: pytest.MonkeyPatch):
    from tickwork.core.errors import Unavailable

    def away(*_: object) -> None:
        raise Unavailable("Postgres does not answer")

    monkeypatch.setattr(keys_module.KeyStore, "find", away)
    assert clients["admin"]("GET", "/jobs").status_code == 503


@pytest.mark.parametrize(
    ("caller", "method", "path"),
    [
        ("admin", "GET", "/jobs"),
        ("stranger", "GET", "/jobs"),
        ("viewer", "PUT", "/jobs/cancel"),
        ("stranger", "GET", "/nothing"),
        ("stranger", "OPTIONS", "/jobs"),
        ("admin", "POST", "/jobs"),
    ],
)
def test_every_answer_has_its_security_headers(clients: dict[str, Api], caller: str, method: str, path: str):
    headers = clients[caller](method, path).headers
    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert (headers["X-Content-Type-Options"], headers["Referrer-Policy"]) == ("nosniff", "no-referrer")


def test_no_get_changes_anything(clients: dict[str, Api], sql: Any):
    job = clients["operator"].create()

    def held() -> list[Any]:
        tables = ("jobs", "audit", "idempotency_keys", "job_attempts", "alert_channels")
        return [sql.execute(f"select t::text from tickwork.{table} t order by 1").fetchall() for table in tables]

    before = held()
    for method, path, _ in OPERATIONS.values():
        if method == "GET":
            clients["admin"]("GET", path.replace("{id}", job["id"]))
            clients["admin"]("HEAD", path.replace("{id}", job["id"]))
    assert held() == before
