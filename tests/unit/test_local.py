"""The small rules of `make up`: what it runs, when it ticks, what it says."""

from collections.abc import Mapping
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Timer
from typing import Any

import pytest
from honcho.printer import Message
from psycopg.conninfo import conninfo_to_dict

from infra.local import prepare, valkey
from infra.local.banner import banner
from infra.local.bridge import AT_ONCE, Bridge
from infra.local.dashboard import read_rules
from infra.local.plan import Plan, make_plan, read_environment
from infra.local.postgres import dsn
from infra.local.samples import sample_jobs
from infra.local.supervisor import Stream
from infra.local.ticker import news, seconds_to_beat, trouble
from infra.local.valkey import free_ports
from tickwork.core.errors import Misconfigured
from tickwork.core.settings import load_settings

FUNCTIONS = sorted(path.name for path in (Path(__file__).parents[2] / "functions").iterdir())


def plan(**env: str) -> Plan:
    return make_plan(env)


def names(plan: Plan) -> list[str]:
    return [part.name for part in plan.parts]


def test_with_nothing_set_it_brings_its_own_stores() -> None:
    own = plan()
    assert names(own) == ["postgres", "valkey", "aws", *FUNCTIONS, "gateway", "ticker"]
    assert own.parts[-1].command[-3:] == ["DATABASE_URL", "REDIS_URL", "AWS_ENDPOINT_URL"]
    assert own.env["STORAGE_PUBLIC_URL"] == "http://127.0.0.1:4000/files"
    assert own.env["HTTP_ALLOW_HOSTS"] == "127.0.0.1:4000"


def test_a_folder_with_a_space_is_a_folder() -> None:
    assert conninfo_to_dict(dsn(Path("/my work/pg")))["host"] == "/my work/pg"


def test_any_dispatch_is_one_variable() -> None:
    assert "bridge" not in names(plan(DISPATCH="http"))
    by_queue = plan(DISPATCH="sqs")
    assert "bridge" in names(by_queue)
    assert by_queue.env["RUN_JOBS_QUEUE_URL"] == f"{by_queue.env['AWS_ENDPOINT_URL']}/123456789012/tickwork"
    assert by_queue.env["RUN_JOBS_URL"] == "http://127.0.0.1:4000/run"


def test_a_queue_elsewhere_must_be_named() -> None:
    elsewhere = {"DISPATCH": "sqs", "AWS_ENDPOINT_URL": "https://sqs.example.com"}
    with pytest.raises(Misconfigured, match="RUN_JOBS_QUEUE_URL"):
        plan(**elsewhere)
    url = "https://sqs.example.com/1/batches"
    assert plan(**elsewhere, RUN_JOBS_QUEUE_URL=url).env["RUN_JOBS_QUEUE_URL"] == url


def test_a_slow_batch_on_the_bridge_holds_up_no_other() -> None:
    slow, carried, waiting = Event(), SimpleQueue(), ["slow", "quick", "quick"]

    def carry(message: str) -> None:
        assert message == "quick" or slow.wait(20)
        carried.put(message)

    bridge = Bridge(lambda most: [waiting.pop(0) for _ in waiting[:most]], carry)
    bridge.step()
    assert [carried.get(timeout=20) for _ in range(2)] == ["quick"] * 2
    slow.set()
    assert carried.get(timeout=20) == "slow"


def test_the_bridge_takes_no_more_than_it_can_carry_and_says_what_failed() -> None:
    asked, done = [], Event()

    def receive(most: int) -> list[bool]:
        asked.append(most)
        return [False] * most

    def carry(_: bool) -> None:
        assert done.wait(20)
        raise ValueError("run_jobs is away")

    bridge = Bridge(receive, carry)
    Timer(0.05, done.set).start()
    with pytest.raises(ValueError):
        bridge.step()  # all places are taken: it waits for one
    assert asked == [AT_ONCE]


@pytest.mark.parametrize(
    ("variable", "value", "part"),
    [
        ("DATABASE_URL", "postgresql://db.example.com/x", "postgres"),
        ("REDIS_URL", "rediss://cache.example.com", "valkey"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:1", "aws"),
    ],
)
def test_what_is_set_wins(variable: str, value: str, part: str) -> None:
    given = plan(**{variable: value})
    assert part not in names(given)
    assert given.env[variable] == value
    assert variable not in given.parts[-1].command


def test_other_settings_of_the_environment_win_or_are_added_to() -> None:
    given = plan(PORT="4321", SMTP_URL="smtp://mail", STORAGE_URL="s3://mine", HTTP_ALLOW_HOSTS="intra.example.com")
    assert given.port == 4321
    assert given.env["SMTP_URL"] == "smtp://mail"
    assert given.env["STORAGE_URL"] == "s3://mine"
    assert "STORAGE_PUBLIC_URL" not in given.env
    assert given.env["HTTP_ALLOW_HOSTS"] == "intra.example.com,127.0.0.1:4321"


def test_real_keys_do_not_reach_the_local_aws() -> None:
    real = {
        "AWS_ACCESS_KEY_ID": "real",
        "AWS_SECRET_ACCESS_KEY": "real",
        "AWS_SESSION_TOKEN": "real",
        "AWS_PROFILE": "p",
    }
    assert "real" not in make_plan(real).env.values()
    assert "AWS_PROFILE" not in make_plan(real).env
    assert make_plan(real | {"AWS_ENDPOINT_URL": "https://aws.example.com"}).env["AWS_SESSION_TOKEN"] == "real"


@pytest.mark.parametrize("port", ["x", "0", "65536", "-1", "4000.0"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    with pytest.raises(Misconfigured, match=r"^PORT: "):
        plan(PORT=port)


def test_every_wrong_setting_is_named() -> None:
    with pytest.raises(Misconfigured, match=r"LEASE_SECONDS.*MAX_BATCH"):
        plan(LEASE_SECONDS="soon", MAX_BATCH="0")


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("PORT=1\nEMAIL_FROM='a b'\nSMTP_URL=smtp://file\n")
    monkeypatch.setattr("infra.local.plan.ROOT", tmp_path)
    assert read_environment({"PORT": "2", "SMTP_URL": ""}) == {"PORT": "2", "EMAIL_FROM": "a b"}


@pytest.mark.parametrize(("now", "seconds"), [(100.0, 5.0), (101.5, 3.5), (104.75, 0.25)])
def test_beats_are_full_multiples_of_five_seconds(now: float, seconds: float) -> None:
    assert seconds_to_beat(now) == seconds


IDLE = {"taken": 0, "completed": 0, "degraded": [], "next_due_at": None, "duration_ms": 3.2}


@pytest.mark.parametrize(
    ("changed", "lines"),
    [
        ({}, []),
        ({"duration_ms": 7}, []),
        ({"taken": 2, "completed": 1}, ["tick: 2 taken, 1 completed in 3 ms"]),
    ],
)
def test_an_idle_tick_is_no_news(changed: dict[str, object], lines: list[str]) -> None:
    assert list(news(IDLE | changed)) == lines


def test_a_store_that_is_away_is_trouble() -> None:
    assert trouble(IDLE) == ""
    assert trouble(IDLE | {"degraded": ["redis"]}) == "works without redis"


def said(own: Mapping[str, str], **env: str) -> str:
    complete = {"DATABASE_URL": "postgresql://u:secret@db", "REDIS_URL": "redis://:secret@cache", **env}
    return banner("http://127.0.0.1:4000", own.keys(), load_settings(complete))


def test_the_banner_shows_addresses_that_are_ours_and_no_others() -> None:
    assert "secret" not in said({})
    assert "as DATABASE_URL says" in said({})
    assert "redis://:secret@cache" in said({"REDIS_URL": ""})


@pytest.mark.parametrize(("dispatch", "way"), [("http", "by HTTP"), ("sqs", "through the queue")])
def test_the_banner_says_who_runs_batches_unless_the_tick_does(dispatch: str, way: str) -> None:
    assert "dispatch" not in said({})
    there = {"RUN_JOBS_URL": "http://run", "RUN_JOBS_QUEUE_URL": "http://queue"}
    assert f"dispatch   {dispatch}" in (text := said({}, DISPATCH=dispatch, **there))
    assert f"run_jobs {way}: " in text


@pytest.mark.parametrize(("least", "most"), [(10, 60), (60, 24 * 60), (24 * 60, 7 * 24 * 60)])
def test_each_window_of_the_timeline_has_a_sample_job_that_outlives_the_port(least: int, most: int) -> None:
    *kept, _cancelled = sample_jobs("http://gateway")
    later = [job for job in kept if least * 60 <= job.get("delay_seconds", 0) <= most * 60]
    assert later
    assert "gateway" not in str(later)


@pytest.mark.parametrize(
    ("part", "line", "shown"),
    [
        ("valkey", b"7:M # WARNING Memory overcommit must be enabled! Without it", False),
        ("valkey", b"7:M # WARNING: something else", True),
        ("postgres", b"FATAL:  the database system is starting up", False),
        ("postgres", b"FATAL:  data directory has wrong ownership", True),
        ("tick", b"FATAL:  the database system is starting up", True),
    ],
)
def test_lines_that_alarm_while_all_is_well_are_left_out(part: str, line: bytes, shown: bool) -> None:
    output = StringIO()
    Stream(output).write(Message("line", line, datetime(2026, 1, 1, tzinfo=UTC), part, None))
    assert (line.decode() in output.getvalue()) == shown


def test_a_postgres_that_stays_away_is_waited_for_aloud(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(prepare, "PATIENCE_SECONDS", -1)
    nowhere = {"DATABASE_URL": "postgresql://u:secret@127.0.0.1:1/x", "REDIS_URL": "redis://"}
    with pytest.raises(Misconfigured, match="cannot be reached"):
        prepare.prepare_stores([], load_settings(nowhere))
    assert capsys.readouterr().out == "waiting for Postgres at 127.0.0.1:1 …\n"


def test_a_key_that_was_given_signs_in_too() -> None:
    assert f"/#key={'k' * 24}" in said({}, API_KEY="k" * 24)


def test_an_api_without_keys_is_said_to_be_open() -> None:
    key = {"API_KEY": "k" * 24}
    assert f"/#key={'k' * 24}" in said(key, **key)
    assert "is open" not in said(key, **key)
    without = said(key, **key, INSECURE_NO_AUTH="loopback")
    assert "the API is open on this machine" in without
    assert "#key=" not in without


def test_supabase_url_alone_is_answered() -> None:
    assert "copy its" in said({"DATABASE_URL": ""}, SUPABASE_URL="https://x.supabase.co")
    assert "SUPABASE_URL" not in said({}, SUPABASE_URL="https://x.supabase.co")


def test_headers_of_a_static_host_are_understood(tmp_path: Path) -> None:
    (tmp_path / "_headers").write_text("/*\n  A: b: c\n\n/x/*\n  D: e\n  F: g\n")
    assert list(read_rules(tmp_path / "_headers")) == [("/*", "A", "b: c"), ("/x/*", "D", "e"), ("/x/*", "F", "g")]
    assert list(read_rules(tmp_path / "none")) == []


@pytest.mark.parametrize("count", [0, 1, 3])
def test_as_many_ports_are_free_as_were_asked_for(count: int) -> None:
    assert len(set(free_ports(count))) == count


def test_a_port_is_given_once_and_never_one_that_is_spoken_for(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = free_ports(2)
    monkeypatch.setattr(valkey, "PORTS", [one, other])
    monkeypatch.setattr(valkey, "_given", set())
    assert free_ports(2, besides=one) == [other]
    assert free_ports(2) == [one]
