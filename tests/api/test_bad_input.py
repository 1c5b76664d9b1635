"""Bad input gets its 4xx problem document naming the field, and leaves tables and index as they were."""

import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
import redis

from shared.http import MAX_BODY_BYTES
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
            return counts, raw.zcard(wired.index().scheduled), raw.zcard(wired.index().ready)

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


BODIES = [
    # what no JSON is, or none that any reader agrees on
    (b"", 400, "body"),
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
        for value in (
            "10000-01-01T00:00:00Z", "-4713-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00", "1999-12-31T23:59:59Z",
            "2200-01-01T00:00:00Z", "2030-01-01T00:00:00", "2030-02-30T00:00:00Z",
            "1900000000", 1900000000, "tomorrow", "",
        )
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
    assert answer.status_code == status
    if status == 405:
        assert answer.headers["Allow"]


def test_head_answers_like_get_without_a_body(api):
    answer = api("HEAD", "/jobs")
    assert (answer.status_code, answer.data) == (200, b"")


def _talk(address: str, head: str, chunks) -> str:
    """Send a request over a bare socket until the server answers; the status line and headers."""
    where = urlsplit(address)
    with socket.create_connection((where.hostname, where.port), timeout=20) as connection:
        connection.sendall(head.encode())
        try:
            for chunk in chunks:
                connection.sendall(chunk)
        except OSError:
            pass  # it has heard enough
        return connection.recv(4096).decode(errors="replace")


HEAD = "POST /jobs HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


def test_a_large_body_is_refused_before_it_is_read(address, unchanged):
    answer = _talk(address, HEAD + f"Content-Length: {10 * MAX_BODY_BYTES}\r\n\r\n", [b"x" * 1000])
    assert " 413 " in answer.splitlines()[0]


def test_an_idle_half_sent_job_is_never_half_stored(address, unchanged):
    where = urlsplit(address)
    with socket.create_connection((where.hostname, where.port), timeout=20) as connection:
        connection.sendall((HEAD + "Content-Length: 1000\r\n\r\n").encode() + b'{"type": "ok", "pay')


def test_a_key_whose_job_was_pruned_is_refused_in_words(api, sql):
    post(api, OK, **{"Idempotency-Key": "k"})
    sql.execute("delete from tickwork.jobs")
    answer = post(api, OK, **{"Idempotency-Key": "k"})
    assert (answer.status_code, "pruned" in answer.json["detail"]) == (409, True)
