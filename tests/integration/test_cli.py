"""The command line over real stores: what it prints, what it changes, and how it refuses."""

import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from infra.local.whereabouts import whereabouts
from tests.integration.factory import insert_job, row_of
from tickwork.cli import environment as stores
from tickwork.cli.main import tickwork

NOBODY = "01a20cc0-2763-74be-88b6-3514253ddbc1"
NOWHERE = {"DATABASE_URL": "postgresql://127.0.0.1:1/x", "REDIS_URL": "redis://127.0.0.1:1"}


@pytest.fixture
def cli(wired):
    """Run `tickwork …`; it must not end by an exception of its own."""

    def run(*arguments: str, typed: str | bytes = "") -> Result:
        result = CliRunner().invoke(tickwork, arguments, input=typed)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return run


def said(result: Result) -> tuple[int, str]:
    return result.exit_code, result.stdout


def statuses(sql, *ids) -> list[str]:
    return [row_of(sql, id)["status"] for id in ids]


def count(sql) -> int:
    return sql.execute("select count(*) from tickwork.jobs").fetchone()[0]


# One job


def test_a_job_from_create_to_done(cli, sql):
    made = cli("jobs", "create", "ok", "--payload", '{"n": 1}', "--priority", "7", "--max-retries", "0")
    id = made.stdout.strip()
    row = row_of(sql, id)
    assert (made.exit_code, made.stderr, row["priority"], row["max_retries"]) == (0, "", 7, 0)
    assert cli("tick").stdout.startswith("1 taken, 1 completed in ")
    shown = json.loads(cli("jobs", "show", id, "--json").stdout)
    assert (shown["status"], shown["result"], shown["created_at"][-1]) == ("completed", {"echo": {"n": 1}}, "Z")
    text = cli("jobs", "show", id).stdout
    assert "It completed at try 1 of 1." in text
    assert '"n": 1' in text
    assert re.search(
        r"attempt 1  completed  [-0-9]{10} [:0-9]{8}Z  took \d\.\d{3} s\n  [:0-9.]{12}  ran  attempt=1", text
    )


def test_a_failed_attempt_is_shown_with_its_error(cli, sql):
    id = cli("jobs", "create", "permanent").stdout.strip()
    assert json.loads(cli("tick", "--json").stdout)["failed"] == 1
    text = cli("jobs", "show", id).stdout
    assert "failed_reason" not in text, "`why` says it"
    assert text.count("no such customer") >= 2, "in `why` and under the attempt"


def test_a_payload_from_a_file_and_from_standard_input(cli, sql, tmp_path):
    file = tmp_path / "payload.json"
    file.write_text('{"n": 5}')
    from_file = cli("jobs", "create", "strict", "--payload", f"@{file}").stdout.strip()
    from_stdin = cli("jobs", "create", "strict", "--payload", "-", typed='{"n": 6}').stdout.strip()
    assert [row_of(sql, id)["payload"] for id in (from_file, from_stdin)] == [{"n": 5}, {"n": 6}]


def test_a_key_creates_once(cli, sql):
    first, second = (cli("jobs", "create", "ok", "--key", "order-7") for _ in range(2))
    assert first.stdout == second.stdout
    assert (first.stderr, second.stderr) == ("", "It was created before, with the same key.\n")
    other = cli("jobs", "create", "ok", "--priority", "1", "--key", "order-7")
    assert (other.exit_code, "another request" in other.stderr, count(sql)) == (1, True, 1)


def test_update_moves_a_waiting_job(cli, sql):
    id = insert_job(sql, due_in=60)
    moved = cli("jobs", "update", str(id), "--priority", "-3", "--at", "2031-01-31T12:00:00Z")
    assert said(moved) == (0, "due 2031-01-31 12:00:00Z, priority -3\n")
    assert row_of(sql, id)["priority"] == -3
    assert json.loads(cli("jobs", "update", str(id), "--in", "5", "--json").stdout)["id"] == str(id)


# Lists


def test_list_filters_follows_pages_and_never_cuts_an_id(cli, sql):
    ids = [str(insert_job(sql, status)) for status in ("failed", "cancelled", "completed")]
    listed = cli("jobs", "list", "--status", "failed", "--status", "cancelled")
    assert (listed.exit_code, listed.stderr) == (0, "")
    assert [id in listed.stdout for id in ids] == [True, True, False]
    assert listed.stdout.splitlines()[2].endswith("  boom")
    every = cli("jobs", "list", "--all", "--limit", "1", "--json")
    assert [item["id"] for item in json.loads(every.stdout)] == ids[::-1]
    assert cli("jobs", "list", "--all", "--limit", "1").stdout.count("failed_reason") == 1, "one header"


def test_a_list_says_when_there_is_more_and_when_there_is_nothing(cli, sql):
    assert said(empty := cli("jobs", "list")) == (0, "")
    assert empty.stderr == "No job matches.\n"
    assert json.loads(cli("jobs", "list", "--json").stdout) == []
    insert_job(sql)
    insert_job(sql)
    assert cli("jobs", "list", "--limit", "1").stderr == "There are more: --all goes on to the end.\n"
    assert cli("jobs", "list", "--limit", "2").stderr == ""


def test_each_job_is_one_line_and_obeys_no_terminal(cli, sql):
    id = insert_job(sql, "failed", failed_reason="\x1b[31mred\nand [bold]more[/bold]\x9b")
    lines = cli("jobs", "list").stdout.splitlines()
    assert len(lines) == 2
    assert lines[1].endswith(r"\x1b[31mred\nand [bold]more[/bold]\x9b")
    assert not {"\x1b", "\x9b"} & set(cli("jobs", "show", str(id)).stdout)


def test_a_long_reason_is_cut_in_lists_alone(cli, sql):
    id = str(insert_job(sql, "failed", failed_reason="no " * 2000))
    header, line = cli("jobs", "list").stdout.splitlines()
    assert line[header.index("failed_reason") :] == ("no " * 2000)[:99] + "…"
    assert "no " * 1999 in cli("jobs", "show", id).stdout
    assert "no " * 1999 in cli("jobs", "list", "--json").stdout


# Many


def test_cancel_and_retry_by_ids(cli, sql):
    waiting, done = [insert_job(sql, due_in=60) for _ in range(2)], insert_job(sql, "completed")
    assert said(cli("jobs", "cancel", *map(str, waiting))) == (0, "2 cancelled, 0 asked to stop\n")
    assert said(cli("jobs", "retry", str(waiting[0]))) == (0, "1 retried\n")
    assert statuses(sql, *waiting) == ["pending", "cancelled"]
    mixed = cli("jobs", "cancel", str(waiting[0]), str(done))
    assert said(mixed) == (1, "1 cancelled, 0 asked to stop\n")
    assert "1 of 2 could not be cancelled" in mixed.stderr
    running = insert_job(sql, "in_progress")
    assert said(cli("jobs", "cancel", str(running))) == (0, "0 cancelled, 1 asked to stop\n")


def test_a_filter_counts_what_it_will_change_and_asks(cli, sql):
    waiting = [insert_job(sql, due_in=60, priority=priority) for priority in (1, 2, 3)]
    insert_job(sql, "completed", priority=3)
    no = cli("jobs", "cancel", "--priority-min", "2", typed="n\n")
    assert (no.exit_code, no.stderr) == (1, "Cancel 2 jobs? [y/N]: n\nAborted!\n")
    assert statuses(sql, *waiting) == ["pending"] * 3
    assert cli("jobs", "cancel", "--priority-min", "2").exit_code == 1, "nobody there to answer"
    yes = cli("jobs", "cancel", "--priority-min", "2", "--json", typed="y\n")
    assert json.loads(yes.stdout) == {"changed": 2, "requested": 0, "skipped": 0}
    assert statuses(sql, *waiting) == ["pending", "cancelled", "cancelled"]
    assert said(cli("jobs", "retry", "--status", "failed")) == (0, "0 retried\n")


def test_a_filter_goes_on_until_all_are_changed(cli, sql, monkeypatch):
    ids = [insert_job(sql, "failed") for _ in range(5)]
    monkeypatch.setattr("tickwork.jobs.control.MAX_JOBS", 2)
    assert said(cli("jobs", "retry", "--status", "failed", "--yes")) == (0, "5 retried\n")
    assert statuses(sql, *ids) == ["pending"] * 5


# Files


def test_files_of_lines_and_of_lists(cli, sql, tmp_path):
    lines = tmp_path / "jobs.ndjson"
    lines.write_text('{"type": "ok"}\n\n{"type": "ok", "priority": 2}\n')
    assert said(cli("jobs", "create", "--file", str(lines))) == (0, "2 created\n")
    a_list = b'\xef\xbb\xbf\n [{"type": "ok"},\n {"type": "ok"}]'
    assert json.loads(cli("jobs", "create", "--file", "-", "--json", typed=a_list).stdout) == {"created": 2}
    assert count(sql) == 4


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (b'{"type": "ok"}\n\n{"type": "ok", "priority": 9999}\n', "line 3: priority: "),
        (b'{"type": "ok"}\n{"type": ', "line 2: is not JSON: it ends within a value at line 1 column 8"),
        (b'{"type": "ok"}\n[]', "line 2: Input should be an object"),
        (b'{"type": "ok"}\n{"type": "strict", "payload": {"n": "x"}}', "line 2: payload.n: "),
        (b'{"type": "ok", "payload": {"n": "\xff"}}', "line 1: is not JSON: "),
        (b'[{"type": "ok"}, {"type": "unheard_of"}]', "item 2: type: unknown type"),
        (b"[{", "the file is not JSON"),
        (b" \n", "the file holds no jobs"),
    ],
)
def test_a_file_with_a_fault_creates_nothing(cli, sql, text, fault):
    refused = cli("jobs", "create", "--file", "-", typed=text)
    assert (refused.exit_code, refused.stdout, count(sql)) == (1, "", 0)
    assert refused.stderr.startswith(fault)


def test_every_faulty_line_is_told(cli, sql):
    refused = cli("jobs", "create", "--file", "-", typed='{"type": "no"}\n{"type": "ok"}\n{"a": 1}\n')
    assert [line.split(": ")[0] for line in refused.stderr.splitlines()] == ["line 1", "line 3", "line 3", "3 faults"]
    many = cli("jobs", "create", "--file", "-", typed='{"type": "no"}\n' * 500)
    assert many.stderr.splitlines()[-1] == "and so on: nothing was created"
    assert len(many.stderr.splitlines()) == 101


def test_a_file_that_broke_off_is_finished_without_doubles(cli, sql, monkeypatch):
    monkeypatch.setattr("tickwork.cli.jobs.import_file.MAX_JOBS", 2)
    lines = "".join(json.dumps({"type": "ok", "priority": n}) + "\n" for n in range(5))
    sql.execute(
        "create function tickwork.refuse() returns trigger language plpgsql as $$begin raise 'disk full'; end$$;"
        "create trigger refuse before insert on tickwork.jobs for each row when (new.priority = 3)"
        " execute function tickwork.refuse()"
    )
    try:
        broken = cli("jobs", "create", "--file", "-", typed=lines)
    finally:
        sql.execute("drop function tickwork.refuse() cascade")
    assert (broken.exit_code, count(sql)) == (2, 2)
    told, reason = broken.stderr.splitlines()
    assert told.startswith("2 of 5 created.")
    assert reason.startswith("disk full")
    again = ("jobs", "create", "--file", "-", *told.split()[-2:])
    assert said(cli(*again, typed=lines)) == (0, "5 created\n")
    assert said(cli(*again, typed=lines)) == (0, "5 created\n")
    priorities = sql.execute("select array_agg(priority order by priority) from tickwork.jobs").fetchone()[0]
    assert priorities == [0, 1, 2, 3, 4]


# Operations


def test_operations(cli, sql):
    insert_job(sql, due_in=3600)
    assert json.loads(cli("reconcile", "--soon", "--json").stdout) == {"missing": 0}
    assert cli("reconcile").stdout == "1 were missing\n"
    assert cli("reconcile").stdout == "0 were missing\n"
    insert_job(sql, "completed")
    sql.execute("update tickwork.jobs set updated_at = now() - interval '90 days' where status = 'completed'")
    assert cli("prune").stdout == "1 deleted\n"
    assert cli("migrate").stdout == "nothing to do\n"
    assert json.loads(cli("migrate", "--json").stdout) == {"applied": []}


def test_stats_and_types(cli, sql):
    cli("jobs", "create", "ok")
    cli("tick")
    cli("jobs", "create", "fails", "--in", "60")
    table = [line.split() for line in cli("stats").stdout.splitlines()]
    assert table[0] == ["type", "pending", "in_progress", "completed", "failed", "cancelled"]
    assert table[1:4] == [["fails", "1", *"0000"], ["ok", "0", "0", "1", "0", "0"], ["all", "1", "0", "1", "0", "0"]]
    assert "last 1h         1 completed, 0 failed, 0 retried" in cli("stats").stdout
    assert re.search(r"^start to end +p50 ≤ \S+ ms, p95 ≤ \S+ ms, p99 ≤ \S+ ms$", cli("stats").stdout, re.M)
    assert json.loads(cli("stats", "--range", "7d", "--json").stdout)["counts"]["completed"] == 1
    assert "image_resize" in cli("types").stdout
    assert re.search(r"^to +required  One address or several\.$", cli("types", "email").stdout, re.M)
    assert json.loads(cli("types", "strict", "--json").stdout)["schema"]["required"] == ["n"]


def test_health_tells_by_its_exit_code(cli, sql):
    assert cli("health").exit_code == 2, "no tick has come yet"
    cli("tick")
    assert cli("health").exit_code == 0


def test_health_without_redis_is_degraded(cli, sql, monkeypatch):
    monkeypatch.setenv("REDIS_URL", NOWHERE["REDIS_URL"])
    assert "without redis" in cli("tick").stdout
    health = cli("health", "--json")
    assert (health.exit_code, json.loads(health.stdout)["redis"]) == (1, "down")
    insert_job(sql)
    refused = cli("reconcile")
    assert (refused.exit_code, refused.stderr.count("\n")) == (2, 1)


# What is wrong


@pytest.mark.parametrize(
    ("arguments", "code", "fault"),
    [
        ("jobs create unheard_of", 1, "type: unknown type"),
        ("jobs create ok --priority 9999", 1, "priority: "),
        ("jobs create ok --in nan", 1, "delay_seconds: "),
        ("jobs create ok --in 5 --at 2030-01-01T00:00:00Z", 1, "not both"),
        ("jobs create ok --payload {", 2, "is not JSON"),
        ("jobs create ok --payload [1]", 1, "payload: "),
        (f"jobs create ok --payload {'[' * 5000}", 2, "is not JSON"),
        ('jobs create ok --payload {"a":NaN}', 2, "is not JSON"),
        (r'jobs create ok --payload {"a":"\u0000"}', 1, "payload.a: "),
        ("jobs create ok --payload @/nonexistent", 2, "No such file"),
        ("jobs create ok --payload @/", 2, "Is a directory"),
        ("jobs create ok --key ключ", 2, "--key"),
        ("jobs create --file /nonexistent", 2, "No such file"),
        ("jobs create ok --file pyproject.toml", 2, "stand in the file"),
        ("jobs create", 2, "TYPE"),
        ("jobs show 0", 2, "not a valid UUID"),
        (f"jobs show {NOBODY}", 1, "there is no job"),
        (f"jobs cancel {NOBODY}", 1, "there is no job"),
        (f"jobs update {NOBODY}", 1, "give scheduled_at, delay_seconds or priority"),
        (f"jobs update {NOBODY} --in 1", 1, "there is no job"),
        ("jobs cancel --yes", 2, "give ids or filters"),
        (f"jobs retry {NOBODY} --status failed", 2, "give ids or filters"),
        ("jobs retry --status pending", 2, "jobs that are pending cannot be retried"),
        ("jobs list --limit 0", 1, "limit: "),
        ("jobs list --status unknown", 2, "'in_progress'"),
        ("jobs list --sort colour", 1, "sort: "),
        ("jobs list --created-from yesterday", 1, "created_from: "),
        ("types unheard_of", 2, "there is no type"),
        ("nonsense", 2, "No such command"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_done(cli, sql, arguments, code, fault):
    refused = cli(*arguments.split())
    assert (refused.exit_code, refused.stdout, count(sql)) == (code, "", 0)
    assert fault in refused.stderr


def test_a_job_whose_status_forbids_it(cli, sql):
    id = str(insert_job(sql, "completed"))
    refused = cli("jobs", "retry", id)
    assert (refused.exit_code, refused.stderr) == (1, "the job is completed: it cannot be retried\n")


def test_a_database_without_tables_says_what_to_do(cli, servers, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", servers.dsn)
    refused = cli("jobs", "list")
    assert (refused.exit_code, "run `tickwork migrate`" in refused.stderr) == (2, True)


# The installed command


def command(*arguments: str) -> list[str]:
    return [str(Path(sys.executable).parent / "tickwork"), *arguments]


def environment(**env: str) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in NOWHERE} | env


def run(*arguments: str, cwd: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments), capture_output=True, text=True, timeout=60, env=environment(**env), cwd=cwd
    )


def test_without_settings_or_stores(tmp_path):
    done = run("health", cwd=tmp_path)
    assert (done.returncode, "DATABASE_URL" in done.stderr, "start `make up`" in done.stderr) == (2, True, True)
    unreadable = run("migrate", DATABASE_URL="postgresql://[", REDIS_URL="redis://127.0.0.1:1")
    assert (unreadable.returncode, unreadable.stderr.count("\n")) == (2, 1)
    no_address = run("tick", **NOWHERE | {"REDIS_URL": "nonsense"})
    assert (no_address.returncode, no_address.stderr.startswith("REDIS_URL: ")) == (2, True)
    down = run("jobs", "list", **NOWHERE)
    assert (down.returncode, down.stderr) == (2, "Postgres does not answer\n")
    sick = run("health", "--json", **NOWHERE)
    assert (sick.returncode, json.loads(sick.stdout)["status"], sick.stderr) == (2, "down", "")


def test_it_finds_the_stores_of_make_up_unless_told_others(database, valkey, sql, tmp_path):
    id = str(insert_job(sql))
    folder = tmp_path / ".local"
    folder.mkdir()
    decided = {"DATABASE_URL": database, "REDIS_URL": valkey, "PATH": "/nowhere", "SMTP_URL": "smtp://u:secret@host"}
    with whereabouts(folder / "tickwork.env", decided, {"SMTP_URL": "smtp://u:secret@host"}):
        assert "secret" not in (folder / "tickwork.env").read_text()
        found = run("jobs", "list", cwd=tmp_path)
        assert (found.returncode, id in found.stdout, "make up" in found.stderr) == (0, True, True)
        assert run("jobs", "list", "--help", cwd=tmp_path).stderr == "", "which asks no store"
        half = run("jobs", "list", cwd=tmp_path, REDIS_URL=valkey)
        assert (half.returncode, half.stderr) == (2, "DATABASE_URL: Field required.\n"), "never some of each"
    assert not (folder / "tickwork.env").exists()


def test_a_shell_reads_what_make_up_says_as_the_command_line_does(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    stores.LOCAL.parent.mkdir()
    decided = {"DATABASE_URL": "postgresql://postgres@/x?host=/a b", "EMAIL_FROM": "Ann's `id` <jobs@example.com>"}
    with whereabouts(stores.LOCAL, decided, {}):
        assert stores.told() == decided
        script = f'. ./{stores.LOCAL}; echo "$DATABASE_URL"; echo "$EMAIL_FROM"'
        shell = subprocess.run(["sh", "-c", script], capture_output=True, text=True, timeout=60)
    assert (shell.stdout.splitlines(), shell.stderr) == (list(decided.values()), "")


def test_the_key_that_make_up_was_given_is_printed(tmp_path):
    folder = tmp_path / ".local"
    folder.mkdir()
    given = {"API_KEY": "k" * 24, "DATABASE_URL": "postgresql://u:secret@db"}
    with whereabouts(folder / "tickwork.env", given, given):
        assert "secret" not in (folder / "tickwork.env").read_text()
        printed = run("key", cwd=tmp_path, **NOWHERE, API_KEY="")
        assert (printed.returncode, printed.stdout, printed.stderr) == (0, "k" * 24 + "\n", "")
    assert run("key", cwd=tmp_path, API_KEY="").returncode == 2


def test_at_80_columns_a_terminal_shows_whole_ids(database, valkey, sql):
    id = str(insert_job(sql, "in_progress", type="image_resize", priority=-512, due_in=-1e8))
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    stores = {"DATABASE_URL": database, "REDIS_URL": valkey, "TERM": "xterm"}
    listed = subprocess.run(command("jobs", "list"), stdout=its, stderr=its, timeout=60, env=environment(**stores))
    os.close(its)
    lines = re.sub(r"\x1b\[[0-9;]*m", "", os.read(ours, 10_000).decode()).splitlines()
    os.close(ours)
    assert listed.returncode == 0
    assert lines[1].split() == [id, "in_progress", "image_resize", "1157d", "ago", "-512"]
    assert max(map(len, lines)) <= 80


def test_a_reader_that_left_gets_no_traceback(database, valkey, sql):
    for _ in range(300):
        insert_job(sql, payload={"long": "x" * 1000})
    stores = {"DATABASE_URL": database, "REDIS_URL": valkey}
    listing = [*command("jobs", "list", "--all", "--json")]
    process: subprocess.Popen[Any] = subprocess.Popen(
        listing, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(**stores)
    )
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(30) == 1


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_a_ticker_ends_cleanly(database, valkey, sql, by):
    id = insert_job(sql, type="email", payload={"to": "nobody"}, max_retries=0)
    ticker = subprocess.Popen(
        command("tick", "--every", "0.1"),
        env=environment(DATABASE_URL=database, REDIS_URL=valkey),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 30
    while row_of(sql, id)["status"] != "failed" and time.monotonic() < deadline:
        pass
    ticker.send_signal(by)
    out, err = ticker.communicate(timeout=20)
    said, *logged = err.splitlines()
    assert (ticker.returncode, said) == (0, "A tick every 0.1 s; Ctrl-C ends it.")
    assert [json.loads(line)["event"] for line in logged] == ["attempt.failed", "tick.done"]
    assert "1 taken, 1 failed" in out
