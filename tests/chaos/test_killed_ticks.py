"""Ticks killed with SIGKILL at random moments, over a lost index: nothing is lost, nothing ends twice, all is counted.

The oracle is a ledger file that the handlers append to, not the database under test.
"""

import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

ROOT = Path(__file__).parents[2]
JOBS = 300
MAX_RETRIES = 50
KILLS = 25
LIMIT_SECONDS = 90


@contextmanager
def workers(count: int, ledger: Path, env: dict[str, str]) -> Iterator[list[subprocess.Popen[bytes]]]:
    running = [start(ledger, env) for _ in range(count)]
    try:
        yield running
    finally:
        for process in running:
            process.kill()
            process.wait()


def start(ledger: Path, env: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "tests.chaos.worker", str(ledger)], cwd=ROOT, env=env)


@pytest.fixture
def env(database: str, valkey: str) -> dict[str, str]:
    short = {"LEASE_SECONDS": "1", "RECONCILE_SECONDS": "1", "TICK_BUDGET_SECONDS": "1", "TICK_CONCURRENCY": "4"}
    return os.environ | short | {"DATABASE_URL": database, "REDIS_URL": valkey}


def insert(sql, count: int) -> None:
    sql.execute(
        "insert into tickwork.jobs (id, type, payload, max_retries)"
        " select gen_random_uuid(), 'work', '{\"seconds\": 0.03}', %s from generate_series(1, %s)",
        [MAX_RETRIES, count],
    )


def unfinished(sql) -> int:
    return sql.execute("select count(*) from tickwork.jobs where status <> 'completed'").fetchone()[0]


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_ticks_lose_nothing(seed, env, sql, valkey, tmp_path):
    chance, ledger = random.Random(seed), tmp_path / "ledger"
    insert(sql, JOBS)
    killed = 0
    deadline = time.monotonic() + LIMIT_SECONDS
    with workers(2, ledger, env) as running, redis.Redis.from_url(valkey) as raw:
        while unfinished(sql) and time.monotonic() < deadline:
            time.sleep(chance.uniform(0.05, 0.4))  # the moment of the next fault
            if killed < KILLS:
                victim = chance.randrange(len(running))
                running[victim].kill()
                running[victim].wait()
                running[victim] = start(ledger, env)
                killed += 1
            if chance.random() < 0.2:
                raw.flushdb()

    lines = [line.split() for line in ledger.read_text().splitlines()]
    starts = Counter((job, attempt) for event, job, attempt in lines if event == "start")
    ended = {job for event, job, _ in lines if event == "end"}
    assert unfinished(sql) == 0, "every job is completed in time"
    assert killed >= 5, "the campaign hit"
    assert len(ended) == JOBS, "each was really worked on"
    assert max(starts.values()) == 1, "no attempt was started twice"
    per_job = Counter(job for job, _ in starts)
    assert max(per_job.values()) <= 1 + MAX_RETRIES
    history = sql.execute("select job_id, attempt, outcome from tickwork.job_attempts").fetchall()
    finals = Counter(job for job, _, outcome in history if outcome == "completed")
    assert set(finals.values()) == {1}, "each completed once"
    assert len(finals) == JOBS
    known = {(str(job), str(attempt)) for job, attempt, _ in history}
    assert set(starts) <= known, "every start has its attempt in the history"
    print(f"seed {seed}: {JOBS} jobs, {killed} kills, {sum(n - 1 for n in per_job.values())} further starts")
