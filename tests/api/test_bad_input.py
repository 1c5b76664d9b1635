"""Bad input gets its 4xx problem document naming the field, and leaves tables and index as they were."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from uuid import uuid4

import pytest
import redis

from tests.integration.factory import insert_job

OK = {"type": "ok", "payload": {}}


@pytest.fixture
def unchanged(sql, valkey, wired):
    """What both stores hold is the same before and after the test."""

    def held():
        counts = [
            sql.execute(f"select count(*) from tickwork.{table}").fetchone()
            for table in ("jobs", "job_attempts", "idempotency_keys")
        ]
        with redis.Redis.from_url(valkey) as raw:
            return counts, raw.zcard(wired.index().shards[0].scheduled), raw.zcard(wired.index().shards[0].ready)

    before = held()
    yield
    assert held() == before


def post(api, body, content_type="application/json", **headers):
    data = body if isinstance(body, bytes | str) else json.dumps(body)
    return api("POST", "/jobs", data=data, content_type=content_type, headers=headers)


def job(**changes):
    return OK | changes


def raw(payload: str) -> bytes:
    """A job whose payload is written as it is."""
    return b'{"type": "ok", "payload": ' + payload.encode("utf-8", "surrogatepass") + b"}"


BAD_TIMES = [
    "10000-01-01T00:00:00Z", "-4713-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00", "1999-12-31T23:59:59Z",
    "2200-01-01T00:00:00Z", "2030-01-01T00:00:00", "2030-02-30T00:00:00Z", "1900000000", "tomorrow",
]  # fmt: skip
BODIES = [
    # what no JSON is, or none that any reader agrees on
    (b"", 400, "body"),
    (b"\x1f\x8b\x08\x00", 400, "body"),
    (b"type=ok&payload=", 400, "body"),
    (b"{", 400, "body"),
    (b"\xef\xbb\xbf{}", 400, "body"),
    (json.dumps(OK).encode("utf-16"), 400, "body"),
    (json.dumps(OK) + " x", 400, "body"),
    (b'{"type": "ok" /* no */}', 400, "body"),
    (b'{"type": "ok", "payload": {"a": "\xff"}}', 400, "body"),
    (raw('{"a": "\\ud800"}'), 400, "body"),
    (raw('{"a": "\ud800"}'), 400, "body"),
    (raw('{"a": ' + "9" * 5000 + "}"), 400, "body"),
    (raw('{"a":' * 10_000 + "1" + "}" * 10_000), 400, "body"),
    # JSON that a store cannot hold
    (raw('{"a": {"b": ["x\\u0000"]}}'), 422, "payload.a.b.0"),
    (raw('{"a\\u0000": 1}'), 422, "payload.a\\0"),
    (raw('{"a": NaN}'), 422, "payload.a"),
    (raw('{"a": [-Infinity]}'), 422, "payload.a.0"),
    (raw('{"a": 1e400}'), 422, "payload.a"),
    (raw('{"a": ' + "9" * 400 + "}"), 422, "payload.a"),
    (raw('{"a":' * 80 + "1" + "}" * 80), 422, "payload.a.a.a.a"),
    # fields
    ("null", 422, "body"),
    ("1", 422, "body"),
    ({}, 422, "type"),
    (job(type="Robert'); drop table jobs"), 422, "type"),
    (job(type="unheard_of"), 422, "type"),
    (job(type=["ok"]), 422, "type"),
    (job(payload=[]), 422, "payload"),
    (job(payload=None), 422, "payload"),
    (job(surprise=1), 422, "surprise"),
    (job(status="completed"), 422, "status"),
    (job(attempt=9), 422, "attempt"),
    (job(id="01a20cc0-2763-74be-88b6-3514253ddbc1"), 422, "id"),
    *((job(priority=value), 422, "priority") for value in ("1", True, 1.5, 512, -513, 2**63, None)),
    *((job(max_retries=value), 422, "max_retries") for value in ("1", True, -1, 101, 10**30)),
    *((job(delay_seconds=value), 422, "delay_seconds") for value in ("1", True, -1, 10**12)),
    (b'{"type": "ok", "delay_seconds": Infinity}', 422, "delay_seconds"),
    *(
        (job(scheduled_at=value), 422, "scheduled_at")
        for value in (*BAD_TIMES, 1900000000, "")
    ),
    (job(scheduled_at="2030-01-01T00:00:00Z", delay_seconds=1), 422, "body"),
    ({"type": "strict", "payload": {"n": "x"}}, 422, "payload.n"),
    ({"type": "strict", "payload": {"n": 1, "m": 2}}, 422, "payload.m"),
    # batches
    ([], 422, "body"),
    ([OK] * 10_001, 422, "body"),
    ([OK, job(priority=9999), OK], 422, "1.priority"),
    ([OK, {"type": "strict", "payload": {}}, OK], 422, "1.payload.n"),
    ([OK, 7], 422, "1"),
    # size
    (job(payload={"a": "x" * (256 * 1024)}), 413, "payload"),
    ([OK, job(payload={"a": "x" * (256 * 1024)})], 413, "1.payload"),
    (b'{"type": "ok", "payload": {"a": "' + b"x" * 10_000_000 + b'"}}', 413, None),
]  # fmt: skip


@pytest.mark.parametrize(("body", "status", "field"), BODIES, ids=[str(n) for n in range(len(BODIES))])
def test_a_bad_job_is_refused_by_field(api, unchanged, body, status, field):
    answer = post(api, body)
    assert answer.status_code == status, answer.text[:500]
    assert answer.content_type == "application/problem+json"
    assert field is None or field in [fault["field"] for fault in answer.json["errors"]], answer.json
    assert len(answer.data) < 100_000


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ('{"type":', "it ends within a value at line 1 column 8"),
        ('{"type": "ok",\n}', "trailing comma at line 2 column 1"),
    ],
)
def test_what_is_no_json_says_where(api, unchanged, body, why):
    answer = post(api, body).json
    assert answer["detail"] == f"the body is not JSON: {why}"
    assert answer["errors"] == [{"field": "body", "message": f"is not JSON: {why}"}]


def test_the_bad_item_of_a_batch_is_named_by_position(api, unchanged):
    (fault,) = post(api, [OK, OK, job(priority=9999)]).json["errors"]
    assert (fault["index"], fault["field"]) == (2, "2.priority")


def test_an_unknown_type_names_the_known_ones(api, unchanged):
    assert "known types: email, fails, gated, http" in post(api, job(type="unheard_of")).json["errors"][0]["message"]


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "", "json"]
)
def test_only_json_is_taken(api, unchanged, content_type):
    assert post(api, OK, content_type).status_code == 415


def test_json_with_a_charset_is_json(api):
    assert post(api, OK, "application/json; charset=utf-8").status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 201, "a\tb", "é"])
def test_a_bad_idempotency_key_is_refused(api, unchanged, key):
    answer = post(api, OK, **{"Idempotency-Key": key})
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "Idempotency-Key")


def test_an_idempotency_key_means_one_job(api, sql):
    first = post(api, OK, **{"Idempotency-Key": "k"})
    again = post(api, OK, **{"Idempotency-Key": "k"})
    other = post(api, job(priority=1), **{"Idempotency-Key": "k"})
    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 422)
    assert first.json["id"] == again.json["id"]
    assert sql.execute("select count(*) from tickwork.jobs").fetchone() == (1,)


@pytest.mark.parametrize(("first", "then"), [(OK, [OK]), ([OK], OK)])
def test_a_batch_of_one_is_another_request_than_its_job(api, sql, first, then):
    same = {"Idempotency-Key": "k"}
    assert [post(api, body, **same).status_code for body in (first, first, then)] == [201, 200, 422]
    assert sql.execute("select count(*) from tickwork.jobs").fetchone() == (1,)


def test_fifty_at_once_with_one_key_make_one_job(api, sql):
    barrier = threading.Barrier(10)

    def call(_):
        barrier.wait()
        return [post(api, OK, **{"Idempotency-Key": "k"}).json["id"] for _ in range(5)]

    with ThreadPoolExecutor(10) as pool:
        ids = {id for ids in pool.map(call, range(10)) for id in ids}
    assert len(ids) == 1
    assert sql.execute("select count(*) from tickwork.jobs").fetchone() == (1,)


QUERIES = [
    *((f"limit={value}", "limit") for value in ("0", "201", "abc", "-1", "1.5", "")),
    *((f"sort={value}", "sort") for value in ("nothing", "payload", "id;drop", "--priority", "")),
    *((f"cursor={value}", "cursor") for value in ("x", "%00", "AAAA", "LWNyZWF0ZWRfYXQgMSAy", "é", "x" * 300)),
    ("status=unknown", "status.0"),
    ("status=", "status.0"),
    ("status=failed,,pending", "status.1"),
    ("type=No", "type.0"),
    ("priority_min=1e3", "priority_min"),
    ("priority_max=9999", "priority_max"),
    ("created_from=yesterday", "created_from"),
    ("scheduled_to=2030-01-01", "scheduled_to"),
    (f"q={'x' * 10_000}", "q"),
    ("q=%00", "q"),
    ("q=", "q"),
    ("surprise=1", "surprise"),
    ("limit=1&limit=2", "limit"),
    ("limit=%D9%A3", "limit"),
    ("&".join(f"type=a{n}" for n in range(51)), "type"),
    ("sort=priority&cursor=cHJpb3JpdHkgMDE4OTAwMDAwMDAwNzAwMDgwMDAwMDAwMDAwMDAwMDAgMWU0MDA", "cursor"),
    *((f"{name}={value}", name) for name in ("created_to", "scheduled_from") for value in BAD_TIMES if value),
]


@pytest.mark.parametrize(("query", "field"), QUERIES)
def test_a_bad_query_is_refused_by_parameter(api, sql, query, field):
    insert_job(sql)
    answer = api("GET", f"/jobs?{query}")
    assert (answer.status_code, answer.content_type) == (422, "application/problem+json")
    assert field in [fault["field"] for fault in answer.json["errors"]], answer.json


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/jobs/no-uuid", 422),
        ("GET", "/jobs/%00", 422),
        ("GET", "/jobs/%ED%A0%80", 422),
        ("GET", "/jobs/{01890000-0000-7000-8000-000000000000}", 422),
        ("GET", "/jobs/01890000000070008000000000000000", 422),
        ("GET", "/jobs/01890000-0000-7000-8000-00000000000%D9%A3", 422),
        ("GET", "/jobs/" + "a" * 5000, 422),
        ("GET", "/jobs/%0A", 404),
        ("GET", "/robots.txt", 404),
        ("PUT", "/jobs/123/cancel", 422),
        ("PATCH", "/jobs/stats", 405),
        ("DELETE", "/jobs", 405),
        ("TRACE", "/jobs", 405),
        ("POST", "/health", 405),
        ("GET", "/nothing/here", 404),
        ("GET", "/jobs/../../etc/passwd", 404),
    ],
)
def test_wrong_paths_and_methods(api, unchanged, method, path, status):
    answer = api(method, path, json={"priority": 1})
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert answer.status_code != 405 or answer.headers["Allow"]


def test_head_answers_like_get_without_a_body(api):
    answer = api("HEAD", "/jobs")
    assert (answer.status_code, answer.data) == (200, b"")


@pytest.mark.parametrize("q", ["%", "_", "\\", "\\%", "'", "100%_\\", "\ud83d", "\u202e", "a" * 200])
def test_any_text_may_be_searched(api, sql, q):
    insert_job(sql, payload={"a": "plain"})
    answer = api("GET", "/jobs", query_string={"q": q.encode("utf-8", "surrogatepass")})
    assert (answer.status_code, answer.json["items"]) == (200, [])


def test_a_backslash_is_found_where_it_is(api, sql):
    insert_job(sql, payload={"a": "C:\\temp"})
    assert len(api("GET", "/jobs?q=%5C").json["items"]) == 1


@pytest.mark.parametrize("zone", ["-23:59", "-16:00", "+15:59", "+23:59"])
def test_a_time_may_be_of_any_zone(api, zone):
    at = f"2030-01-02T00:00:00{zone}"
    made = post(api, job(scheduled_at=at)).json
    assert datetime.fromisoformat(made["scheduled_at"]) == datetime.fromisoformat(at)
    moved = api("PATCH", f"/jobs/{made['id']}", json={"scheduled_at": at}).json
    assert moved["scheduled_at"] == made["scheduled_at"]
    assert api("GET", "/jobs/count", query_string={"scheduled_from": at, "created_to": at}).json["count"] == 1
    assert api("PUT", "/jobs/cancel", json={"filter": {"scheduled_from": at}}).json["changed"] == 1


@pytest.fixture
def waiting(sql):
    return str(insert_job(sql, due_in=3600))


MANY = [
    ({}, "body"),
    ({"ids": None, "filter": None}, "body"),
    ({"ids": [], "filter": {}}, "ids"),
    ({"ids": []}, "ids"),
    ({"ids": "all"}, "ids"),
    ({"ids": ["x"]}, "ids.0"),
    ({"ids": [str(uuid4())] * 10_001}, "ids"),
    ({"filter": {"status": "pending"}}, "filter.status"),
    ({"filter": {"status": ["unknown"]}}, "filter.status.0"),
    ({"filter": {"priority_min": "1"}}, "filter.priority_min"),
    ({"filter": {"surprise": 1}}, "filter.surprise"),
    ({"filter": {"q": "x" * 201}}, "filter.q"),
    ({"filter": {"q": "\0"}}, "filter.q"),
    ({"filter": {"created_to": "9999-12-31T23:59:59-12:00"}}, "filter.created_to"),
    *(({"filter": {}, "expected": value}, "expected") for value in (-1, "1", True, 1.5)),
]
CHANGES = [
    ({}, "body"),
    ({"priority": None}, "body"),
    *(({"priority": value}, "priority") for value in ("1", True, 1.5, 512, 2**63)),
    *(({"delay_seconds": value}, "delay_seconds") for value in ("1", -1, 10**12)),
    *(({"scheduled_at": value}, "scheduled_at") for value in BAD_TIMES),
    ({"scheduled_at": "2030-01-01T00:00:00Z", "delay_seconds": 1}, "body"),
    ({"status": "completed", "priority": 1}, "status"),
]
RUNS = [
    ({}, "ids"),
    ({"ids": []}, "ids"),
    ({"ids": ["x"]}, "ids.0"),
    ({"ids": [str(uuid4())], "budget_seconds": -1}, "budget_seconds"),
    ({"ids": [str(uuid4())], "surprise": 1}, "surprise"),
]
CALLS = [
    *(("PUT", path, *case) for path in ("/jobs/cancel", "/jobs/retry") for case in MANY),
    *(("PATCH", "/jobs/{id}", *case) for case in CHANGES),
    *(("PUT", "/jobs/{id}/retry", *case) for case in CHANGES if set(case[0]) & {"delay_seconds", "scheduled_at"}),
    *(("POST", "/run", *case) for case in RUNS),
]


@pytest.mark.parametrize(("method", "path", "body", "field"), CALLS, ids=[str(n) for n in range(len(CALLS))])
def test_a_bad_request_to_existing_jobs_changes_none(api, sql, waiting, method, path, body, field):
    before = sql.execute("select * from tickwork.jobs").fetchall()
    answer = api(method, path.format(id=waiting), json=body)
    assert (answer.status_code, answer.content_type) == (422, "application/problem+json")
    assert field in [fault["field"] for fault in answer.json["errors"]], answer.json
    assert sql.execute("select * from tickwork.jobs").fetchall() == before


@pytest.mark.parametrize(
    ("method", "path"),
    [("PATCH", "/jobs/{id}"), ("PUT", "/jobs/cancel"), ("PUT", "/jobs/{id}/retry"), ("POST", "/run")],
)
@pytest.mark.parametrize(
    ("data", "content_type", "status"),
    [(b"{", "application/json", 400), (b'{"a": "\xff"}', "application/json", 400), (b"{}", "text/plain", 415)],
)
def test_every_body_is_json(api, waiting, method, path, data, content_type, status):
    answer = api(method, path.format(id=waiting), data=data, content_type=content_type)
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")


@pytest.mark.parametrize("number", [5.0, -512.0, 0.0])
def test_a_whole_number_may_be_written_with_a_point(api, number):
    assert post(api, job(priority=number)).json["priority"] == number


def test_of_a_name_given_twice_the_last_one_counts(api):
    assert post(api, b'{"type": "ok", "priority": 1, "priority": 2}').json["priority"] == 2


def test_a_function_without_settings_says_so_to_browsers_too(api, wired, monkeypatch):
    monkeypatch.delenv("DATABASE_URL")
    answer = api("GET", "/jobs", headers={"Origin": "http://localhost:5173"})
    assert (answer.status_code, "DATABASE_URL" in answer.json["detail"]) == (503, True)


@pytest.mark.parametrize(
    ("given", "kept"), [("abc-1", "abc-1"), ("x" * 80, "x" * 64), ("é\x01", None), ("a b", None), ("", None)]
)
def test_a_request_id_is_kept_when_it_is_plain(api, given, kept):
    answer = api("GET", "/jobs", headers={"X-Request-Id": given})
    assert (answer.headers["X-Request-Id"] == kept) == bool(kept)
    assert answer.headers["X-Request-Id"].isalnum() or kept
