"""The command line over real stores: what it prints, what it changes, and how it refuses."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from shared.cli import main
from tests.integration.factory import insert_job, row_of


@pytest.fixture
def cli(wired, capsys, monkeypatch):
    """Run `tickwork …`; returns (exit code, standard output, standard error)."""

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["tickwork", *arguments])
        code = 0
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
        out, err = capsys.readouterr()
        return code, out, err

    return run


def test_a_job_from_create_to_done(cli, sql):
    code, out, _ = cli("jobs", "create", "ok", "--payload", '{"n": 1}', "--priority", "7")
    id = out.strip()
    assert (code, str(row_of(sql, id)["id"]), row_of(sql, id)["priority"]) == (0, id, 7)
    assert json.loads(cli("tick")[1])["completed"] == 1
    shown = json.loads(cli("jobs", "show", id, "--json")[1])
    assert (shown["status"], shown["result"]) == ("completed", {"echo": {"n": 1}})
    text = cli("jobs", "show", id)[1]
    assert "completed" in text
    assert "ran" in text


def test_list_filters_follows_pages_and_never_cuts_an_id(cli, sql):
    ids = [str(insert_job(sql, status)) for status in ("failed", "failed", "completed")]
    code, out, err = cli("jobs", "list", "--status", "failed")
    assert (code, err) == (0, "")
    assert [id in out for id in ids] == [True, True, False]
    assert [item["id"] for item in json.loads(cli("jobs", "list", "--all", "--limit", "1", "--json")[1])] == ids[::-1]


def test_cancel_and_retry_by_filter(cli, sql):
    waiting = [insert_job(sql, due_in=60) for _ in range(3)]
    assert cli("jobs", "cancel", "--type", "ok", "--yes")[1] == "3 changed, 0 asked to stop, 0 passed over\n"
    assert cli("jobs", "retry", str(waiting[0]))[1] == "1 changed, 0 asked to stop, 0 passed over\n"
    assert [row_of(sql, id)["status"] for id in waiting] == ["pending", "cancelled", "cancelled"]
    assert cli("jobs", "cancel", "--yes")[0] == 2


def test_update_moves_a_waiting_job(cli, sql):
    id = insert_job(sql, due_in=60)
    assert cli("jobs", "update", str(id), "--priority", "-3", "--in", "5")[0] == 0
    assert row_of(sql, id)["priority"] == -3


def test_a_file_is_created_and_its_faults_are_told_by_line(cli, sql, tmp_path):
    good = tmp_path / "good.ndjson"
    good.write_text('{"type": "ok"}\n\n{"type": "ok", "priority": 2}\n')
    assert cli("jobs", "create", "--file", str(good))[:2] == (0, "created 2 of 2\n")
    bad = tmp_path / "bad.ndjson"
    bad.write_text('{"type": "ok"}\n\n{"type": "ok", "priority": 9999}\n')
    code, out, err = cli("jobs", "create", "--file", str(bad))
    assert (code, out) == (1, "created 0 of 2\n")
    assert "line 3: 1.priority" in err


def test_operations(cli, sql, wired):
    insert_job(sql, due_in=60)
    assert cli("reconcile")[1] == "1 were missing\n"
    assert cli("reconcile")[1] == "0 were missing\n"
    insert_job(sql, "completed")
    sql.execute("update tickwork.jobs set updated_at = now() - interval '90 days' where status = 'completed'")
    assert cli("prune")[1] == "1 deleted\n"
    assert cli("migrate")[1] == "nothing to do\n"
    assert "ok" in cli("stats")[1]
    assert "image_resize" in cli("types")[1]
    assert cli("health")[0] == 2, "no tick has come yet"
    cli("tick")
    assert cli("health")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("jobs", "create", "unheard_of"), 1, "unknown type"),
        (("jobs", "create", "ok", "--priority", "9999"), 1, "priority"),
        (("jobs", "create", "ok", "--payload", "{"), 2, "not JSON"),
        (("jobs", "create"), 2, "TYPE"),
        (("jobs", "show", "0"), 2, "not a valid UUID"),
        (("jobs", "show", "01a20cc0-2763-74be-88b6-3514253ddbc1"), 1, "there is no job"),
        (("jobs", "list", "--limit", "0"), 1, "limit"),
        (("jobs", "list", "--created-from", "yesterday"), 1, "created_from"),
        (("nonsense",), 2, "No such command"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(cli, arguments, code, said):
    exit_code, _, err = cli(*arguments)
    assert exit_code == code
    assert said in err
    assert "Traceback" not in err


def run(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    command = [Path(sys.executable).parent / "tickwork", *arguments]
    clean = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env=clean | env)


def test_the_installed_command_without_settings_or_stores():
    done = run("health")
    assert done.returncode == 2
    assert "DATABASE_URL" in done.stderr
    unreadable = run("migrate", DATABASE_URL="postgresql://[", REDIS_URL="redis://127.0.0.1:1")
    assert (unreadable.returncode, unreadable.stderr.count("\n")) == (2, 1)
    down = run("jobs", "list", DATABASE_URL="postgresql://127.0.0.1:1/x", REDIS_URL="redis://127.0.0.1:1")
    assert (down.returncode, down.stderr) == (2, "Postgres does not answer\n")


def test_a_ticker_ends_cleanly_on_sigterm(database, valkey, sql):
    id = insert_job(sql, type="email", payload={"to": "nobody"})
    sql.execute("update tickwork.jobs set max_retries = 0")
    ticker = subprocess.Popen(
        [Path(sys.executable).parent / "tickwork", "tick", "--every", "0.1"],
        env=os.environ | {"DATABASE_URL": database, "REDIS_URL": valkey},
        stdout=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 30
    while row_of(sql, id)["status"] != "failed" and time.monotonic() < deadline:
        pass
    ticker.send_signal(signal.SIGTERM)
    out, _ = ticker.communicate(timeout=20)
    assert ticker.returncode == 0
    assert "failed 1" in out
