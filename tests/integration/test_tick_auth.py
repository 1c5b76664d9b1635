"""Who may tick: each way that TICK_AUTH names, and its calls replayed, tampered with, too old, by an old key."""

import base64
from hashlib import sha256
from time import time
from uuid import uuid4

import jwt
import pytest
import redis

from tests.integration.conftest import API_KEY, Api
from tests.issuer import STRANGER, issuing
from tests.unit.handlers.servers import says, serving
from tickwork.auth.gate import gate

OLD, NEW, NEXT = "the-secret-before-0000001", "the-secret-of-today-00002", "the-secret-tomorrow-00003"
URL = "https://tick.example.com/tick"
ACCOUNT = "clock@project.iam.gserviceaccount.com"


@pytest.fixture
def configured(wired, monkeypatch):
    """Sets variables of the environment for the functions."""

    def set_all(**env):
        for name, value in env.items():
            monkeypatch.setenv(name, value)
        for part in (wired.settings, gate):
            part.cache_clear()

    return set_all


@pytest.fixture
def tick(apps, configured):
    """The status of POST /tick with a bearer token."""
    return lambda bearer="", **kwargs: Api(apps, bearer)("POST", "/tick", **kwargs).status_code


# A shared secret


def test_two_secrets_are_good_while_one_replaces_the_other(tick, configured):
    configured(TICK_SECRET=OLD)
    assert (tick(OLD), tick(NEW)) == (200, 401)
    configured(TICK_SECRET=NEW, TICK_SECRET_PREVIOUS=OLD)
    assert (tick(NEW), tick(OLD), tick(NEXT)) == (200, 200, 401)
    configured(TICK_SECRET=NEXT, TICK_SECRET_PREVIOUS=NEW)
    assert (tick(NEXT), tick(NEW), tick(OLD)) == (200, 200, 401)


def test_no_secret_is_not_the_empty_secret(tick, configured):
    configured()
    assert (tick(""), tick(" "), tick("x")) == (401, 401, 401)
    assert tick("", headers={"Authorization": "Bearer "}) == 401


def test_operators_may_tick_and_viewers_not(apps, tick, configured):
    configured()
    keys = {r: Api(apps)("POST", "/keys", json={"name": r, "role": r}).json["key"] for r in ("viewer", "operator")}
    assert (tick(API_KEY), tick(keys["operator"]), tick(keys["viewer"])) == (200, 200, 403)


def test_the_secret_opens_nothing_else(apps, configured):
    configured(TICK_SECRET=NEW)
    client = Api(apps, NEW)
    assert client("POST", "/run", json={"ids": [str(uuid4())]}).status_code == 200
    for method, path in [("GET", "/jobs"), ("GET", "/me"), ("POST", "/jobs"), ("GET", "/keys")]:
        assert client(method, path).status_code == 401


def test_a_caller_does_not_choose_the_way(tick, configured):
    configured(TICK_SECRET=NEW)
    assert tick("", headers={"Upstash-Signature": qstash(b"")}) == 401
    assert tick("", headers={"X-CloudScheduler": "true", "X-Tick-Auth": "platform"}) == 401


def test_the_platform_is_trusted_only_when_it_is_named(tick, configured):
    configured(TICK_AUTH="platform")
    assert tick() == 200


# Google's scheduler


@pytest.fixture(scope="module")
def google():
    with issuing() as issuer:
        yield issuer


def id_token(google, **claims):
    good = {"iss": "https://accounts.google.com", "aud": URL, "email": ACCOUNT, "email_verified": True, "role": None}
    return google.token(**(good | claims))


@pytest.fixture
def by_google(tick, configured, google):
    configured(
        TICK_AUTH="google",
        TICK_AUDIENCE=URL,
        TICK_SERVICE_ACCOUNT=ACCOUNT,
        GOOGLE_JWKS_URL=f"{google.url}/jwks.json",
        TICK_SECRET=NEW,
    )
    return tick


def test_googles_token_of_the_account_is_good(by_google, google):
    assert by_google(id_token(google)) == 200


NOW, DAY = int(time()), 86_400  # the tests come minutes later


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "https://other.example.com/tick"},
        {"aud": None},
        {"iss": "https://accounts.example.com"},
        {"email": "mallory@project.iam.gserviceaccount.com"},
        {"email": ACCOUNT + ".evil.com"},
        {"email": None},
        {"email_verified": False},
        {"email_verified": "true"},
        {"iat": NOW - 7200, "exp": NOW - 3600},
        {"exp": None},
        {"nbf": NOW + DAY},
        {"key": STRANGER},
    ],
)
def test_googles_token_for_another_by_another_or_too_old_is_refused(by_google, google, claims):
    assert by_google(id_token(google, **claims)) == 401


def test_with_google_an_operator_may_tick_with_a_token_of_another_issuer(by_google, google, configured):
    configured(OIDC_ISSUER=google.url, OIDC_AUDIENCE="tickwork")
    roles = ("viewer", "operator", "admin")
    assert [by_google(google.token(role=role)) for role in roles] == [403, 200, 200]


def test_google_is_asked_only_about_tokens_of_its_own(by_google, google, configured):
    configured(OIDC_ISSUER=google.url, OIDC_AUDIENCE="tickwork", GOOGLE_JWKS_URL="http://127.0.0.1:1/jwks.json")
    assert by_google(google.token(role="operator")) == 200
    assert by_google(google.token(iss="https://accounts.example.com")) == 401
    assert by_google(id_token(google)) == 503


def test_with_google_wrong_tokens_are_held_up_as_wrong_keys_are(by_google, google, configured):
    configured(FAILED_SIGN_INS_PER_MINUTE="2")
    wrong = [{"email": "mallory@project.iam.gserviceaccount.com"}, {"key": STRANGER}, {"exp": NOW - 3600}]
    assert [by_google(id_token(google, **claims)) for claims in wrong] == [401, 401, 429]
    assert by_google(id_token(google)) == 200


def test_with_google_the_secret_is_not_good(by_google):
    assert by_google(NEW) == 401
    assert by_google("") == 401


# QStash


def qstash(content: bytes, key: str = NEW, **claims) -> str:
    now = int(time())
    hashed = base64.urlsafe_b64encode(sha256(content).digest()).decode()
    whole = {"iss": "Upstash", "sub": URL, "nbf": now, "exp": now + 300, "jti": str(uuid4()), "body": hashed}
    return jwt.encode({k: v for k, v in (whole | claims).items() if v is not None}, key.ljust(32, "x"), "HS256")


@pytest.fixture
def by_qstash(tick, configured):
    configured(
        TICK_AUTH="qstash",
        TICK_AUDIENCE=URL,
        QSTASH_CURRENT_SIGNING_KEY=NEW.ljust(32, "x"),
        QSTASH_NEXT_SIGNING_KEY=NEXT.ljust(32, "x"),
    )
    return lambda token, body=b"": tick("", data=body, headers={"Upstash-Signature": token})


@pytest.mark.parametrize("key", [NEW, NEXT])
def test_a_call_that_qstash_signed_is_good(by_qstash, key):
    assert by_qstash(qstash(b"{}", key), b"{}") == 200


def test_the_body_hash_may_come_without_its_padding(by_qstash):
    hashed = base64.urlsafe_b64encode(sha256(b"").digest()).decode().rstrip("=")
    assert by_qstash(qstash(b"", body=hashed)) == 200


def test_a_replay_is_refused(by_qstash):
    token = qstash(b"")
    assert [by_qstash(token) for _ in range(3)] == [200, 401, 401]
    assert by_qstash(qstash(b"")) == 200


def test_a_replay_while_redis_is_away_ticks_again_which_does_no_harm(by_qstash, monkeypatch):
    from tickwork.auth import gate

    def away():
        raise redis.ConnectionError

    monkeypatch.setattr(gate, "redis_client", away)
    token = qstash(b"")
    assert [by_qstash(token), by_qstash(token)] == [200, 200]


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "Mallory"},
        {"iss": None},
        {"sub": "https://other.example.com/tick"},
        {"sub": None},
        {"exp": NOW - 3600},
        {"exp": None},
        {"nbf": NOW + DAY},
        {"nbf": str(NOW)},
        {"exp": str(NOW + DAY)},
        {"nbf": None},
        {"body": "x"},
        {"body": None},
        {"body": base64.urlsafe_b64encode(sha256(b"other").digest()).decode()},
        {"jti": None},
        {"key": OLD},
    ],
)
def test_a_signature_of_something_else_is_refused(by_qstash, claims):
    assert by_qstash(qstash(b"", **claims)) == 401


def test_a_tampered_body_is_refused(by_qstash):
    assert by_qstash(qstash(b'{"a": 1}'), b'{"a": 2}') == 401


@pytest.mark.parametrize("token", ["", "x", "a.b.c", jwt.encode({}, "", "none")])
def test_what_is_no_signature_is_refused(by_qstash, token):
    assert by_qstash(token) == 401


# What a tick shows to run_jobs


def test_on_googles_platform_a_tick_shows_a_token_of_its_own(monkeypatch):
    import threading
    from http.server import BaseHTTPRequestHandler, HTTPServer

    from tickwork.core.errors import Unavailable
    from tickwork.core.settings import Settings
    from tickwork.engine.dispatch.credentials import credentials_of

    asked = []

    class Metadata(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append((self.path, self.headers["Metadata-Flavor"]))
            self.send_response(200)
            self.send_header("Content-Length", "5")
            self.end_headers()
            self.wfile.write(b"token")

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Metadata)
    threading.Thread(target=server.handle_request).start()
    stores = {"database_url": "postgresql://", "redis_url": "redis://", "run_jobs_url": "https://run.example.com/run"}
    where = {"gce_metadata_host": f"127.0.0.1:{server.server_port}", "tick_auth": "platform"}
    credentials = credentials_of(Settings(**stores, **where))
    assert credentials() == {"Authorization": "Bearer token"}
    ((path, flavor),) = asked
    assert path.endswith("identity?audience=https%3A%2F%2Frun.example.com%2Frun")
    assert flavor == "Google"
    server.server_close()
    with pytest.raises(Unavailable):
        credentials()


def test_a_metadata_server_that_speaks_no_http_gives_no_token():
    from tickwork.core.errors import Unavailable
    from tickwork.core.settings import Settings
    from tickwork.engine.dispatch.credentials import credentials_of

    with serving(says(b"nonsense\r\n\r\n")) as server:
        where = {"gce_metadata_host": server.url.removeprefix("http://"), "tick_auth": "platform"}
        stores = {"database_url": "postgresql://", "redis_url": "redis://", "run_jobs_url": "https://run.example.com"}
        with pytest.raises(Unavailable):
            credentials_of(Settings(**stores, **where))()
