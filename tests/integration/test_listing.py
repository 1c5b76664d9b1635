"""Lists: every filter and sort, pages that neither skip nor repeat while rows come in, bounded text search, ETags."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.integration.factory import insert_job
from tickwork.jobs import listing


@pytest.fixture
def rows(sql):
    """Twelve jobs of three types and all statuses, each of its own time and priority."""
    statuses = ["pending", "in_progress", "completed", "failed", "cancelled", "pending"]
    ids = []
    for place in range(12):
        ids.append(
            insert_job(
                sql,
                statuses[place % 6],
                type=["ok", "fails", "later"][place % 3],
                priority=(place * 5) % 12 - 4,
                payload={"order": 10_000_000 + place, "note": "100% Ünï_code" if place == 7 else ""},
                due_in=3600 * place,
            )
        )
    sql.execute("update tickwork.jobs set updated_at = now() - make_interval(secs => priority)")
    return [str(id) for id in ids]


def pages(api, query: str, cursor: str = "") -> list[dict]:
    items = []
    while True:
        page = api("GET", f"/jobs?{query}{cursor}").json
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        cursor = f"&cursor={page['next_cursor']}"


@pytest.mark.parametrize("limit", [1, 5, 12, 200])
@pytest.mark.parametrize("column", listing.SORTS)
@pytest.mark.parametrize("descending", [False, True])
def test_every_sort_pages_through_every_row_once(api, rows, column, descending, limit):
    items = pages(api, f"sort={'-' if descending else ''}{column}&limit={limit}")
    assert sorted(item["id"] for item in items) == sorted(rows)
    key = "id" if column == "created_at" else column
    assert [item[key] for item in items] == sorted((item[key] for item in items), reverse=descending)


def test_newest_first_unless_told_otherwise(api, rows):
    assert [item["id"] for item in pages(api, "limit=5")] == rows[::-1]


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ("status=failed", {3, 9}),
        ("status=failed,cancelled", {3, 4, 9, 10}),
        ("status=failed&status=cancelled", {3, 4, 9, 10}),
        ("status=pending,pending", {0, 5, 6, 11}),
        ("type=ok", {0, 3, 6, 9}),
        ("type=ok,ok&type=ok", {0, 3, 6, 9}),
        ("type=ok&status=failed", {3, 9}),
        ("priority_min=5", {2, 7, 9, 4, 11} & {p for p in range(12) if (p * 5) % 12 - 4 >= 5}),
        ("priority_max=-4", {0}),
        ("q=BOOM", {3, 9}),
        ("q=10000007", {7}),  # fewer digits are in some id now and then
        ("q=100%25", {7}),
        ("q=%C3%BCN%C3%8F_", {7}),
        ("q=%25", {7}),
        ("q=later", {2, 5, 8, 11}),
        ("q=nothing-like-this", set()),
    ],
)
def test_filters(api, rows, query, places):
    assert {item["id"] for item in pages(api, query)} == {rows[place] for place in places}
    assert api("GET", f"/jobs/count?{query}").json == {"count": len(places), "capped": False}


def test_filter_by_times(api, sql, rows):
    middle = (
        sql.execute("select now() + interval '5.5 hours'").fetchone()[0].astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    )
    assert {item["id"] for item in pages(api, f"scheduled_from={middle}")} == set(rows[6:])
    assert {item["id"] for item in pages(api, f"scheduled_to={middle}")} == set(rows[:6])
    long_ago, far = "2001-01-01T00:00:00Z", "2100-01-01T00:00:00Z"
    assert len(pages(api, f"created_from={long_ago}&created_to={far}")) == 12
    assert pages(api, f"created_to={long_ago}") == pages(api, f"created_from={far}") == []


def test_q_finds_by_part_of_the_id(api, rows):
    assert {item["id"] for item in pages(api, f"q={rows[3][9:]}")} == {rows[3]}


def test_q_sees_payloads_as_far_as_lists_show_them(api, sql):
    shown, left_out = ({"note": "needle", "x": "".join(map(str, range(n)))} for n in (500, 20_000))
    found = insert_job(sql, payload=shown)
    insert_job(sql, payload=left_out)
    assert [item["id"] for item in pages(api, "q=needle")] == [str(found)]
    assert "a payload up to 4 KiB" in listing.Query.model_fields["q"].description


def test_pages_do_not_jump_while_rows_come_in(api, sql, rows):
    first = api("GET", "/jobs?limit=4").json
    for _ in range(3):
        insert_job(sql)
    rest = pages(api, "limit=4", f"&cursor={first['next_cursor']}")
    assert [item["id"] for item in first["items"] + rest] == rows[::-1]


def test_a_cursor_fits_only_its_own_sort(api, rows):
    cursor = api("GET", "/jobs?limit=4").json["next_cursor"]
    answer = api("GET", f"/jobs?sort=priority&cursor={cursor}")
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "cursor")


def test_a_search_that_stops_early_says_so_and_can_go_on(api, rows, monkeypatch):
    monkeypatch.setattr(listing, "SEARCHED_ROWS", 5)
    page = api("GET", "/jobs?q=boom").json
    assert ([item["id"] for item in page["items"]], page["searched"]) == ([rows[9]], 5)
    page = api("GET", f"/jobs?q=boom&cursor={page['next_cursor']}").json
    assert ([item["id"] for item in page["items"]], page["searched"]) == ([rows[3]], 5)
    page = api("GET", f"/jobs?q=boom&cursor={page['next_cursor']}").json
    assert (page["items"], page["searched"], page["next_cursor"]) == ([], None, None)


def test_large_payloads_are_left_out_of_lists_only(api, sql):
    id = insert_job(sql, payload={"x": "".join(map(str, range(20_000)))})
    assert api("GET", "/jobs").json["items"][0]["payload"] is None
    assert api.job(str(id))["payload"]["x"].startswith("0123")


def test_an_unchanged_answer_costs_a_304(api, sql, rows):
    for path in ("/jobs", f"/jobs/{rows[0]}", "/jobs/stats", "/job-types"):
        answer = api("GET", path)
        again = api("GET", path, headers={"If-None-Match": answer.headers["ETag"]})
        if path == "/jobs/stats" and again.status_code == 200:  # it has a point a minute, and the next began just now
            assert _last_minute(again) > _last_minute(answer)
            again = api("GET", path, headers={"If-None-Match": again.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
    tag = api("GET", "/jobs").headers["ETag"]
    insert_job(sql)
    assert api("GET", "/jobs", headers={"If-None-Match": tag}).status_code == 200


def _last_minute(stats) -> str:
    return stats.json["throughput"]["points"][-1]["at"]


def test_times_are_in_utc_whatever_the_session_says(api, wired, sql, rows):
    name = sql.info.dbname
    sql.execute(f"alter database {name} set timezone to 'Asia/Kolkata'")
    try:
        wired.database().close()
        for item in api("GET", "/jobs").json["items"]:
            assert item["created_at"].endswith("Z")
            assert abs(datetime.fromisoformat(item["created_at"]) - datetime.now(UTC)) < timedelta(minutes=5)
    finally:
        sql.execute(f"alter database {name} reset timezone")


def test_named_fields_of_payloads_are_not_in_lists(api):
    payload = {"to": "ada", "password": "p4ssw0rd", "headers": {"Authorization": "Bearer x"}}
    job = api.create(payload=payload)
    (item,) = api("GET", "/jobs").json["items"]
    hidden = "[redacted]"
    assert item["payload"] == {"to": "ada", "password": hidden, "headers": {"Authorization": hidden}}
    assert api.job(job["id"])["payload"] == payload, "one job is shown whole to who may see it"
