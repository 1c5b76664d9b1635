"""Who did what: one row for each call that changed something, in the same transaction as the change."""

import json
from uuid import uuid4

import pytest
from click.testing import CliRunner

from tickwork.cli.main import tickwork


@pytest.fixture
def audited(sql):
    """Rows of the audit, oldest first: (actor, via, action, job_id, detail)."""
    return lambda: sql.execute(
        "select actor, via, action, job_id::text, detail from tickwork.audit order by id"
    ).fetchall()


def test_every_change_has_its_row(api, audited):
    job = api.create()
    api("PATCH", f"/jobs/{job['id']}", json={"priority": 1})
    api("PUT", f"/jobs/{job['id']}/cancel")
    api("PUT", f"/jobs/{job['id']}/retry")
    rows = audited()
    assert [row[2] for row in rows] == ["job.create", "job.update", "job.cancel", "job.retry"]
    assert {row[:2] for row in rows} == {("API_KEY", "key")}
    assert {row[3] for row in rows} == {job["id"]}
    assert rows[0][4] == {"count": 1, "ids": [job["id"]]}


def test_every_change_of_a_channel_has_its_row_without_its_address(api, sql, audited, monkeypatch):
    monkeypatch.setattr("tickwork.alerts.manage.send", lambda message, settings: "its server is away")
    new = {"name": "On call", "kind": "email", "url": "mailto://ada:canary@mail.example?to=a@b.example"}
    made = api("POST", "/alerts/channels", json=new | {"events": ["no_tick"]}).json
    api("POST", f"/alerts/channels/{made['id']}/test")
    for _ in range(2):  # the second removes nothing
        api("DELETE", f"/alerts/channels/{made['id']}")
    api("POST", f"/alerts/channels/{made['id']}/test")
    api("POST", "/alerts/channels", json=new)
    said = {"channel": made["id"], "name": "On call"}
    assert audited() == [
        ("API_KEY", "key", "channel.add", None, said | {"kind": "email", "events": ["no_tick"]}),
        ("API_KEY", "key", "channel.test", None, said | {"ok": False}),
        ("API_KEY", "key", "channel.remove", None, said | {"kind": "email"}),
    ]
    assert not [row for (row,) in sql.execute("select t::text from tickwork.audit t") if "canary" in row]


def test_a_batch_is_one_row_with_its_count_and_twenty_ids(api, audited):
    jobs = api("POST", "/jobs", json=[{"type": "ok"}] * 50).json["items"]
    api("PUT", "/jobs/cancel", json={"filter": {"type": ["ok"]}})
    created, cancelled = audited()
    ids = sorted(job["id"] for job in jobs)
    assert created[3] is None
    assert (created[4]["count"], sorted(created[4]["ids"])) == (50, sorted(job["id"] for job in jobs[:20]))
    assert (cancelled[2], cancelled[4]) == ("job.cancel", {"count": 50, "ids": ids[:20]})


def test_what_changed_nothing_leaves_no_row(api, audited):
    job = api.create()
    before = audited()
    api("PUT", f"/jobs/{uuid4()}/cancel")
    api("PUT", f"/jobs/{job['id']}/retry")
    api("PUT", "/jobs/retry", json={"filter": {}})
    api("POST", "/jobs", json={"type": "unheard_of"})
    api("GET", "/jobs")
    assert audited() == before


def test_a_repeat_with_its_key_is_no_second_create(api, audited):
    for _ in range(2):
        api("POST", "/jobs", json={"type": "ok"}, headers={"Idempotency-Key": "k"})
    assert [row[2] for row in audited()] == ["job.create"]


def test_it_has_the_requests_id_and_no_payload(api, sql):
    api("POST", "/jobs", json={"type": "ok", "payload": {"card": "4111"}}, headers={"X-Request-Id": "r-7"})
    row = sql.execute("select t::text, request_id from tickwork.audit t").fetchone()
    assert row[1] == "r-7"
    assert "4111" not in row[0]


def test_a_create_that_fails_leaves_no_row(api, wired, audited, monkeypatch):
    def fail(*_):
        raise ValueError("before the commit")

    monkeypatch.setattr(wired.store(), "_write", fail)
    assert api("POST", "/jobs", json=[{"type": "ok"}] * 2).status_code == 500
    assert audited() == []


def test_the_command_line_is_named(wired, audited):
    run = CliRunner()
    id = run.invoke(tickwork, ["jobs", "create", "ok"]).stdout.strip()
    run.invoke(tickwork, ["jobs", "update", id, "--priority", "3"])
    run.invoke(tickwork, ["jobs", "cancel", id])
    run.invoke(tickwork, ["jobs", "retry", id])
    assert [row[:4] for row in audited()] == [
        ("cli", "cli", f"job.{what}", id) for what in ("create", "update", "cancel", "retry")
    ]


def test_admins_read_it(api):
    job = api.create()
    (row,) = api("GET", "/audit").json["items"]
    assert (row["action"], row["job_id"], row["detail"]["count"]) == ("job.create", job["id"], 1)
    json.dumps(row)


def test_old_rows_are_pruned(api, sql, wired):
    from tickwork.engine import maintenance

    api.create()
    sql.execute("update tickwork.audit set at = at - interval '400 days'")
    api.create()
    maintenance.prune(wired.store(), wired.settings())
    assert sql.execute("select count(*) from tickwork.audit").fetchone() == (1,)
