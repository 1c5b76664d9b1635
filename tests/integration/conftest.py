"""The functions as functions-framework serves them, in this process, over real stores."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import functions_framework
import pytest
import redis
from werkzeug.test import Client, TestResponse

from tests.integration.handlers import HANDLERS, RUNS
from tests.pooler import WANTED, pooler
from tickwork import app, connections
from tickwork.api.openapi import document
from tickwork.api.routes import FUNCTIONS, ROUTES
from tickwork.auth.gate import gate
from tickwork.core.handler import handlers

FUNCTIONS_FOLDER = Path(__file__).parents[2] / "functions"
CACHED = (
    app.settings,
    app.database,
    app.store,
    app.keys,
    app.index,
    app.runner,
    app.batch_size,
    document,
    connections.redis_client,
    gate,
)


@pytest.fixture(scope="session")
def apps() -> dict[str, Any]:
    """Every function's WSGI application, made once."""
    return {name: functions_framework.create_app(name, str(FUNCTIONS_FOLDER / name / "main.py")) for name in FUNCTIONS}


API_KEY = "an-admins-key-of-the-tests-0001"


class Api:
    """Calls the function that the routes name for a method and a path, with `key` unless a call says otherwise."""

    def __init__(self, apps: dict[str, Any], key: str = API_KEY):
        self._clients = {name: Client(function) for name, function in apps.items()}
        self._signed = {"Authorization": f"Bearer {key}"} if key else {}

    def __call__(self, method: str, path: str, headers: dict[str, str] | None = None, **kwargs: Any) -> TestResponse:
        client = self._clients[function_of(method, path)]
        return client.open(path, method=method, headers=self._signed | (headers or {}), **kwargs)

    def create(self, type: str = "ok", payload: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
        """A job, plausible unless told otherwise; must be accepted."""
        answer = self("POST", "/jobs", json={"type": type, "payload": payload or {}, **fields})
        assert answer.status_code == 201, answer.text
        return answer.json

    def tick(self) -> dict[str, Any]:
        answer = self("POST", "/tick")
        assert answer.status_code == 200, answer.text
        return answer.json

    def job(self, id: str) -> dict[str, Any]:
        return self("GET", f"/jobs/{id}").json


def function_of(method: str, path: str) -> str:
    parts = path.partition("?")[0].strip("/").split("/")
    for route in ROUTES:
        rule = route.path.strip("/").split("/")
        if (
            route.method == method
            and len(rule) == len(parts)
            and all(r in (p, "<id>") for r, p in zip(rule, parts, strict=True))
        ):
            return route.function
    return "list_jobs"


@pytest.fixture(scope="session")
def pooled_dsn(dsn: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """How Tickwork itself reaches this worker's database: through a pooler when the run asks for one."""
    if not WANTED:
        yield dsn
        return
    with pooler(dsn, tmp_path_factory.mktemp("pooler")) as pooled:
        yield pooled


@pytest.fixture
def wired(database: str, pooled_dsn: str, valkey: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The process's shared parts over this worker's emptied stores, with the test's own job types."""
    monkeypatch.setenv("DATABASE_URL", pooled_dsn)
    monkeypatch.setenv("REDIS_URL", valkey)
    monkeypatch.setenv("API_KEY", API_KEY)
    for name, handler in HANDLERS.items():
        monkeypatch.setitem(handlers(), name, handler)
    for part in CACHED:
        part.cache_clear()
    yield app
    if app.database.cache_info().currsize:
        app.database().close()
    for part in CACHED:
        part.cache_clear()


@pytest.fixture
def api(apps: dict[str, Any], wired: Any) -> Api:
    return Api(apps)


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that stood still for some seconds is no outage."""
    monkeypatch.setenv("TICK_BUDGET_SECONDS", "20")
    for name in ("redis.connection.SOCKET_SECONDS", "postgres.database.CONNECT_SECONDS"):
        monkeypatch.setattr(f"tickwork.stores.{name}", 20)


@pytest.fixture(autouse=True)
def no_runs() -> None:
    """What the handlers noted is this test's."""
    RUNS.clear()


@pytest.fixture
def raw(valkey: str) -> "Iterator[redis.Redis]":
    """A plain client of this worker's Valkey."""
    with redis.Redis.from_url(valkey) as connection:
        yield connection
