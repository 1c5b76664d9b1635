"""API keys from making to revoking: through the API, through the command line, and what of them is stored."""

import json
import re
from uuid import uuid4

import pytest
from click.testing import CliRunner

from tests.integration.conftest import API_KEY, Api
from tickwork.auth import keys as keys_module
from tickwork.cli.main import tickwork

KEY = re.compile(r"tw_[a-z0-9]{8}_[A-Za-z0-9_-]{43}")


@pytest.fixture
def made(api):
    """Makes a key and returns what the API said."""

    def make(role="operator", name="shop", **fields):
        answer = api("POST", "/keys", json={"name": name, "role": role, **fields})
        assert answer.status_code == 201, answer.text
        return answer.json

    return make


@pytest.fixture
def signed(apps):
    """An API client with a key."""
    return lambda key: Api(apps, key)


@pytest.fixture
def at_once(monkeypatch):
    """Keys are looked up at each call."""
    monkeypatch.setattr(keys_module, "FRESH_SECONDS", 0.0)


def test_a_key_is_shown_once_and_only_its_hash_is_stored(api, made, sql):
    answer = api("POST", "/keys", json={"name": "shop", "role": "viewer", "expires_in_days": 30})
    assert (answer.status_code, answer.headers["Cache-Control"]) == (201, "no-store")
    key = answer.json["key"]
    assert KEY.fullmatch(key)
    assert (answer.json["created_by"], answer.json["prefix"]) == ("API_KEY", key.split("_")[1])
    secret = key.split("_", 2)[2]
    assert secret not in json.dumps(api("GET", "/keys").json)
    for table in ("api_keys", "audit"):
        rows = sql.execute(f"select t::text from tickwork.{table} t").fetchall()
        assert rows
        assert all(secret not in row for (row,) in rows)


def test_no_two_keys_are_alike():
    keys = {keys_module.new_key().key for _ in range(1000)}
    assert len(keys) == 1000
    assert len({key.split("_")[1] for key in keys}) == 1000


def test_a_key_says_who_calls(made, signed):
    key = made("viewer", expires_in_days=1)
    me = signed(key["key"])("GET", "/me").json
    assert me == {"name": "shop", "role": "viewer", "via": "key", "expires_at": key["expires_at"]}


def test_a_revoked_key_is_refused(api, made, signed, at_once):
    key = made()
    client = signed(key["key"])
    assert client("GET", "/jobs").status_code == 200
    assert api("DELETE", f"/keys/{key['id']}").status_code == 204
    assert client("GET", "/jobs").status_code == 401
    assert api("DELETE", f"/keys/{key['id']}").status_code == 404
    assert api("DELETE", f"/keys/{uuid4()}").status_code == 404
    assert api("GET", "/keys").json["items"][0]["revoked_at"]


def test_a_process_that_knows_a_key_forgets_it_within_ten_seconds(api, made, signed, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(keys_module, "monotonic", lambda: now[0])
    key = made()
    client = signed(key["key"])
    assert client("GET", "/me").status_code == 200
    api("DELETE", f"/keys/{key['id']}")
    now[0] += 10
    assert client("GET", "/me").status_code == 401


def test_an_expired_key_is_refused(made, signed, sql, at_once):
    key = made(expires_in_days=1)
    assert signed(key["key"])("GET", "/me").status_code == 200
    sql.execute("update tickwork.api_keys set expires_at = now() where id = %s", [key["id"]])
    assert signed(key["key"])("GET", "/me").status_code == 401


def test_a_known_key_is_not_remembered_past_its_end(made, signed, sql, monkeypatch):
    key = made(expires_in_days=1)
    now = [1000.0]
    monkeypatch.setattr(keys_module, "monotonic", lambda: now[0])
    sql.execute("update tickwork.api_keys set expires_at = now() + interval '4 s' where id = %s", [key["id"]])
    client = signed(key["key"])
    assert client("GET", "/me").status_code == 200
    sql.execute("update tickwork.api_keys set expires_at = now() where id = %s", [key["id"]])
    now[0] += 4.1  # and less than any key is remembered
    assert client("GET", "/me").status_code == 401


def test_a_rotation_has_two_active_keys_and_no_third(api, made, signed):
    old, new = made(), made()
    assert [signed(key["key"])("GET", "/me").status_code for key in (old, new)] == [200, 200]
    third = api("POST", "/keys", json={"name": "shop", "role": "viewer"})
    assert third.status_code == 409
    assert "revoke one" in third.json["detail"]
    api("DELETE", f"/keys/{old['id']}")
    assert made()["name"] == "shop"


def test_a_call_with_a_known_key_asks_postgres_nothing_more(made, signed, monkeypatch):
    client = signed(made()["key"])
    client("GET", "/me")
    monkeypatch.setattr(keys_module.KeyStore, "find", lambda *_: pytest.fail("looked up again"))
    assert [client("GET", "/me").status_code for _ in range(5)] == [200] * 5


def test_its_last_use_is_written_once_a_minute(made, signed, sql, at_once):
    client = signed(made()["key"])
    used = "select last_used_at from tickwork.api_keys"
    client("GET", "/me")
    first = sql.execute(used).fetchone()
    assert first[0]
    client("GET", "/me")
    assert sql.execute(used).fetchone() == first
    sql.execute("update tickwork.api_keys set last_used_at = last_used_at - interval '61 s'")
    client("GET", "/me")
    assert sql.execute(used).fetchone() > (first[0].replace(year=2000),)


WRONG = [
    "", "x", "tw_", "tw_aaaaaaaa_" + "A" * 43, "tw_aaaaaaaa_" + "A" * 44, API_KEY[:-1], API_KEY + "x", API_KEY.upper(),
    "é" * 60, "a.b.c", "null", "' or 1=1 --",
]  # fmt: skip


@pytest.mark.parametrize("key", WRONG)
def test_what_is_no_key_is_refused_in_one_shape(apps, wired, key):
    answer = Api(apps, "")("GET", "/jobs", headers={"Authorization": f"Bearer {key}"})
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert answer.json["title"] == "Unauthorized"


@pytest.mark.parametrize(
    "header", ["Basic dTpw", API_KEY, f"Bearer{API_KEY}", f"Bearer {API_KEY} x", f"Token {API_KEY}"]
)
def test_another_way_to_say_it_is_refused(apps, wired, header):
    assert Api(apps, "")("GET", "/jobs", headers={"Authorization": header}).status_code == 401


def test_a_key_in_the_address_is_not_looked_at(apps, wired):
    assert Api(apps, "")("GET", f"/me?key={API_KEY}&access_token={API_KEY}").status_code == 401


def test_one_byte_of_a_key_changed_is_refused(made, signed):
    key = made()["key"]
    for place in (12, 30, len(key) - 1):
        other = key[:place] + ("A" if key[place] != "A" else "B") + key[place + 1 :]
        assert signed(other)("GET", "/me").status_code == 401


def test_without_postgres_the_key_of_the_environment_still_works(apps, wired, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://127.0.0.1:1/x")
    monkeypatch.setattr("tickwork.stores.postgres.database.CONNECT_SECONDS", 1)
    for part in (wired.settings, wired.database):
        part.cache_clear()
    assert Api(apps)("GET", "/me").status_code == 200
    stored = Api(apps, "tw_aaaaaaaa_" + "A" * 43)("GET", "/me")
    assert (stored.status_code, stored.json["title"]) == (503, "Service unavailable")


def test_from_the_command_line_with_the_database_alone(sql, database, monkeypatch, apps, wired):
    monkeypatch.delenv("REDIS_URL")
    run = CliRunner()
    made = run.invoke(tickwork, ["keys", "create", "cron", "--role", "operator", "--days", "7"])
    key = made.stdout.strip()
    assert (made.exit_code, bool(KEY.fullmatch(key))) == (0, True)
    listed = run.invoke(tickwork, ["keys", "list", "--json"])
    (row,) = json.loads(listed.stdout)
    assert (row["name"], row["created_by"], key.split("_", 2)[2] in listed.stdout) == ("cron", "cli", False)
    assert "cron" in run.invoke(tickwork, ["keys", "list"]).stdout
    assert run.invoke(tickwork, ["keys", "revoke", row["id"]]).exit_code == 0
    assert run.invoke(tickwork, ["keys", "revoke", row["id"]]).exit_code == 1
    assert run.invoke(tickwork, ["keys", "create", "x", "--role", "king"]).exit_code == 2
    actions = sql.execute("select actor, via, action from tickwork.audit order by id").fetchall()
    assert actions == [("cli", "cli", "key.create"), ("cli", "cli", "key.revoke")]


def test_the_command_that_prints_the_key(wired, monkeypatch):
    assert CliRunner().invoke(tickwork, ["key"]).stdout.strip() == API_KEY
    monkeypatch.delenv("API_KEY")
    wired.settings.cache_clear()
    without = CliRunner().invoke(tickwork, ["key"])
    assert (without.exit_code, "tickwork keys create" in without.stderr) == (2, True)


def test_changes_of_keys_are_audited_in_pages(api, made):
    for n in range(3):
        api("DELETE", f"/keys/{made(name=f'k{n}')['id']}", headers={"X-Request-Id": f"r{n}"})
    first = api("GET", "/audit?limit=4").json
    assert [row["action"] for row in first["items"]] == ["key.revoke", "key.create", "key.revoke", "key.create"]
    latest = first["items"][0]
    assert (latest["actor"], latest["via"], latest["request_id"]) == ("API_KEY", "key", "r2")
    assert latest["detail"]["name"] == "k2"
    second = api("GET", f"/audit?limit=4&cursor={first['next_cursor']}").json
    assert (len(second["items"]), second["next_cursor"]) == (2, None)
    assert api("GET", "/audit?cursor=x").status_code == 422
