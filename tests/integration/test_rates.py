"""Rate limits and quotas: 429 with Retry-After, by caller, and none of it when Redis is away."""

from concurrent.futures import ThreadPoolExecutor, wait
from threading import Event
from weakref import ref

import pytest
import redis

from infra.local.prepare import wait_for
from infra.local.valkey import free_ports
from tests.integration.conftest import Api
from tests.servers import start_valkey, stop
from tickwork.auth import rate_limits as rates_module
from tickwork.auth.gate import gate
from tickwork.core.errors import Unavailable
from tickwork.core.principal import Principal, Role, Via
from tickwork.stores.postgres.job_store import JobStore


@pytest.fixture
def limited(wired, monkeypatch):
    """Sets limits for the functions."""

    def set_all(**env):
        for name, value in env.items():
            monkeypatch.setenv(name, str(value))
        for part in (wired.settings, gate):
            part.cache_clear()

    return set_all


def statuses(client, count, *call, **kwargs):
    return [client(*call, **kwargs).status_code for _ in range(count)]


def test_calls_a_minute_are_counted_by_caller(api, apps, limited):
    key = api("POST", "/keys", json={"name": "shop", "role": "viewer"}).json["key"]
    limited(RATE_LIMIT_PER_MINUTE=3)
    client = Api(apps, key)
    assert statuses(client, 5, "GET", "/me") == [200, 200, 200, 429, 429]
    refused = client("GET", "/me")
    assert 1 <= int(refused.headers["Retry-After"]) <= 120
    assert refused.json["title"] == "Too many requests"
    assert api("GET", "/me").status_code == 200, "another caller has a limit of its own"


def test_ticks_of_the_scheduler_are_not_counted(apps, limited):
    limited(RATE_LIMIT_PER_MINUTE=1, TICK_SECRET="what-the-scheduler-sends-0001")
    assert statuses(Api(apps, "what-the-scheduler-sends-0001"), 4, "POST", "/tick") == [200] * 4


def test_a_page_may_read_the_refusal(api, limited):
    limited(RATE_LIMIT_PER_MINUTE=1, CORS_ORIGINS="https://jobs.example.com")
    headers = {"Origin": "https://jobs.example.com"}
    api("GET", "/me")
    refused = api("GET", "/me", headers=headers)
    assert refused.status_code == 429
    assert refused.headers["Access-Control-Allow-Origin"] == "https://jobs.example.com"
    assert "retry-after" in refused.headers["Access-Control-Expose-Headers"]


def test_jobs_a_day_are_counted_by_number_and_refused_whole(api, limited, sql):
    limited(JOBS_PER_DAY=10)
    assert api("POST", "/jobs", json=[{"type": "ok"}] * 8).status_code == 201
    assert api("POST", "/jobs", json=[{"type": "ok"}] * 3).status_code == 429
    assert api("POST", "/jobs", json=[{"type": "ok"}] * 2).status_code == 201
    assert sql.execute("select count(*) from tickwork.jobs").fetchone() == (10,)


def test_more_jobs_than_any_day_allows_are_not_put_off(api, limited, sql):
    limited(JOBS_PER_DAY=10)
    refused = api("POST", "/jobs", json=[{"type": "ok"}] * 11)
    assert (refused.status_code, refused.headers.get("Retry-After")) == (422, None)
    assert "at most 10 jobs" in refused.json["errors"][0]["message"]
    assert api("POST", "/jobs", json=[{"type": "ok"}] * 10).status_code == 201


def posted(api, key=None, **job):
    headers = {"Idempotency-Key": key} if key else None
    return api("POST", "/jobs", headers=headers, json={"type": "ok", **job}).status_code


def test_only_jobs_that_came_to_be_are_counted(api, limited, sql):
    limited(JOBS_PER_DAY=3)
    assert [posted(api, "a") for _ in range(5)] == [201, 200, 200, 200, 200]
    assert [posted(api, type="unknown"), posted(api, priority="high"), posted(api, "a", priority=1)] == [422] * 3
    assert [posted(api), posted(api), posted(api)] == [201, 201, 429]
    assert sql.execute("select count(*) from tickwork.jobs").fetchone() == (3,)


def test_a_job_that_counts_is_audited_as_any_other(api, limited, sql):
    posted(api, "a")
    limited(JOBS_PER_DAY=3)
    posted(api, "b")
    shown = "select via, detail->>'count', detail->'ids'->>0 = job_id::text from tickwork.audit"
    assert sql.execute(shown).fetchall() == [("key", "1", True)] * 2


def test_the_first_answer_is_given_again_when_the_quota_is_used_up(api, limited):
    limited(JOBS_PER_DAY=3)
    pair = {"headers": {"Idempotency-Key": "pair"}, "json": [{"type": "ok"}] * 2}
    first = api("POST", "/jobs", **pair)
    assert [posted(api, "one"), posted(api, "new"), posted(api, "one")] == [201, 429, 200]
    again = api("POST", "/jobs", **pair)
    assert (first.status_code, again.status_code) == (201, 200)
    assert [job["id"] for job in again.json["items"]] == [job["id"] for job in first.json["items"]]


LOCKED = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"


def test_who_loses_the_race_for_a_key_pays_nothing(apps, api, limited, wired, sql, monkeypatch):
    """Nor is it refused for what the first has counted and not committed yet."""
    limited(JOBS_PER_DAY=3)
    write, counted, commit = wired.store()._write, Event(), Event()

    def held(*rows):
        counted.set()
        commit.wait(10)
        write(*rows)

    monkeypatch.setattr(wired.store(), "_write", held)
    pair = {"headers": {"Idempotency-Key": "pair"}, "json": [{"type": "ok"}] * 2}
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(Api(apps), "POST", "/jobs", **pair)
        assert counted.wait(10)
        second = threads.submit(Api(apps), "POST", "/jobs", **pair)
        while not (wait([second], 0.01).done or sql.execute(LOCKED).fetchone()[0]):
            pass
        commit.set()
    assert (first.result().status_code, second.result().status_code) == (201, 200)
    assert [posted(api), posted(api)] == [201, 429]


def test_what_postgres_did_not_take_is_not_counted(api, limited, monkeypatch):
    limited(JOBS_PER_DAY=1)
    with monkeypatch.context() as down:
        down.setattr(JobStore, "create", away)
        assert [posted(api), posted(api)] == [503, 503]
    assert [posted(api), posted(api)] == [201, 429]


def away(*given):
    count = given[-1]
    count()
    raise Unavailable("Postgres cannot do this now")


def test_what_was_not_counted_is_not_given_back(api, limited, monkeypatch):
    limited(JOBS_PER_DAY=1)
    rates = gate().rates

    def away_and_redis_back(*given):
        given[-1]()
        rates._down_until = 0.0
        away(lambda: None)

    rates._down_until = float("inf")
    with monkeypatch.context() as down:
        down.setattr(JobStore, "create", away_and_redis_back)
        assert posted(api) == 503
    assert [posted(api), posted(api)] == [201, 429]


def test_many_at_once_never_get_more_than_there_is(apps, api, limited, sql):
    limited(JOBS_PER_DAY=10)
    clients = [Api(apps) for _ in range(25)]
    with ThreadPoolExecutor(25) as threads:
        assert sorted([posted(api), *threads.map(posted, clients)]) == [201] * 10 + [429] * 16
    assert sql.execute("select count(*) from tickwork.jobs").fetchone() == (10,)


def test_the_way_to_redis_is_kept_as_long_as_it_is_used(wired, limited, valkey):
    limited(RATE_LIMIT_PER_MINUTE=1)
    made = []

    def client():
        one = redis.Redis.from_url(valkey)
        made.append(ref(one))
        return one

    rates = rates_module.Rates(wired.settings(), client)
    rates.call(Principal("shop", Role.VIEWER, Via.KEY))
    assert [one() is None for one in made] == [False], "once it is gone, its pool is closed under those that wait"


def test_wrong_keys_are_held_up_and_right_ones_are_not(api, apps, limited):
    limited(FAILED_SIGN_INS_PER_MINUTE=3)
    guesser = Api(apps, "tw_aaaaaaaa_" + "A" * 43)
    assert statuses(guesser, 5, "GET", "/me") == [401, 401, 401, 429, 429]
    assert api("GET", "/me").status_code == 200
    assert Api(apps, "")("GET", "/me").status_code == 401, "who sends none guesses none"
    other = {"environ_base": {"REMOTE_ADDR": "203.0.113.9"}}
    assert guesser("GET", "/me", **other).status_code == 401


def test_behind_a_proxy_the_address_is_what_it_saw(apps, limited):
    limited(FAILED_SIGN_INS_PER_MINUTE=1, TRUSTED_PROXIES=1)
    guesser = Api(apps, "wrong")
    seen = [
        guesser("GET", "/me", headers={"X-Forwarded-For": f"10.0.0.{n}, 203.0.113.9"}).status_code for n in range(3)
    ]
    assert seen == [401, 429, 429]
    assert guesser("GET", "/me", headers={"X-Forwarded-For": "203.0.113.10"}).status_code == 401


def test_without_redis_nobody_is_held_up(api, limited, monkeypatch):
    limited(RATE_LIMIT_PER_MINUTE=1, REDIS_URL="redis://127.0.0.1:1")
    from tickwork import connections

    connections.redis_client.cache_clear()
    assert statuses(api, 4, "GET", "/me") == [200] * 4


def test_a_redis_that_fails_is_left_alone_for_a_while(api, limited, monkeypatch):
    limited(RATE_LIMIT_PER_MINUTE=100)
    asked = []

    def fail(*_):
        asked.append(1)
        raise redis.TimeoutError

    monkeypatch.setattr(rates_module.Rates, "_over", fail)
    monkeypatch.setattr(rates_module, "DOWN_SECONDS", 600.0)
    assert statuses(api, 10, "GET", "/me") == [200] * 10
    assert len(asked) == 1


def test_a_cluster_counts_too_and_one_that_is_away_holds_nobody_up(apps, limited, tmp_path):
    port, bus = free_ports(2)
    server = start_valkey(tmp_path / "node", port, cluster_enabled="yes", cluster_port=str(bus), databases="1")
    try:
        with redis.Redis.from_url(server.url) as link:
            link.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
            wait_for(lambda: link.set("ready", "1"), redis.RedisError)
        limited(FAILED_SIGN_INS_PER_MINUTE=1, REDIS_URL=server.url.replace("redis:", "redis+cluster:"))
        assert statuses(Api(apps, "wrong"), 3, "GET", "/me") == [401, 429, 429]
    finally:
        stop(server)
    gate.cache_clear()
    assert statuses(Api(apps, "wrong"), 2, "GET", "/me") == [401, 401]
