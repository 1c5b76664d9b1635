"""From what was measured and what things cost to dollars. What is assumed stands in `Assumed`, each with its reason."""

from math import ceil
from typing import NamedTuple

from infra.cost.measured import Measured
from infra.cost.prices import cost
from infra.functions import table

DAYS = 30
HOURS = DAYS * 24
SECONDS = HOURS * 3600
BEAT_SECONDS = 5
TICKS = SECONDS // BEAT_SECONDS
MINUTES = DAYS * 24 * 60
LAMBDA_MB_PER_CPU = 1769
MILLION = 1e6


class Assumed(NamedTuple):
    """What no measurement here tells."""

    idle_tick_seconds: float = 0.1  # billed at least, by Cloud Run
    lambda_tick_seconds: float = 0.02  # billed by the millisecond; one round trip to Redis over TLS
    api_call_seconds: float = 0.1  # billed at least, when calls come one by one
    sqs_pollers: int = 5  # Lambda's, for each queue, 20 s a poll
    handlers_at_once: int = 8  # TICK_CONCURRENCY
    busy: float = 0.6  # of a vCPU in steady work, for functions
    database_busy: float = 0.5  # of the database's, so that peaks fit
    wal_per_second: float = 150e6  # that one managed Postgres writes in steady work
    valkey_limit: float = 0.6  # of its one thread
    batch: int = 500  # ids handed to run_jobs at once


class Line(NamedTuple):
    """USD a month, or for a million jobs."""

    platform: str
    functions: float
    clock: float
    redis: float
    postgres: float

    @property
    def total(self) -> float:
        return self.functions + self.clock + self.redis + self.postgres


def cloud_run(seconds: float, requests: float, mib: int, free: bool) -> float:
    """USD for instances of one vCPU that work for `seconds`."""
    compute = cost("cloud_run_cpu", seconds, free) + cost("cloud_run_memory", seconds * mib / 1024, free)
    return compute + cost("cloud_run_request", requests, free)


def aws_lambda(seconds: float, requests: float, mib: int, free: bool) -> float:
    return cost("lambda_memory", seconds * mib / 1024, free) + cost("lambda_request", requests, free)


def idle(m: Measured, a: Assumed, free: bool) -> list[Line]:
    """A month in which no job comes, by the smallest stores that are sold; `free` takes what is free off."""
    commands = TICKS * m.idle.commands + MINUTES * (m.minute.commands - m.idle.commands)
    upstash = cost("upstash", commands)
    mib = table()["tick"].memory_mib
    google = cloud_run(TICKS * a.idle_tick_seconds, TICKS, mib, free)
    beat = cloud_run(MINUTES * a.idle_tick_seconds, MINUTES, 512, free) + cost("cloud_scheduler", 1, free)
    tasks = cost("cloud_tasks", 2 * TICKS, free)
    polls = a.sqs_pollers * SECONDS / 20
    sqs = cost("sqs", 2 * MINUTES + 2 * TICKS + 2 * polls, free) + cost("eventbridge_scheduler", 2 * MINUTES, free)
    elasticache = cost("elasticache_memory", 0.1 * HOURS) + cost("elasticache_unit", commands)
    small_sql = cost("cloud_sql_micro", HOURS) + cost("cloud_sql_disk", 10)
    return [
        Line("Google Cloud, Upstash, Supabase", google, beat + tasks, upstash, cost("supabase_pro", 1)),
        Line("Google Cloud, Upstash, the smallest Cloud SQL", google, beat + tasks, upstash, small_sql),
        Line("AWS, ElastiCache Serverless, RDS db.t4g.micro",
             aws_lambda(TICKS * a.lambda_tick_seconds, TICKS, mib, free), sqs, elasticache,
             cost("rds_micro", HOURS) + cost("rds_disk", 20)),
        Line("Supabase with pg_cron, functions on Cloud Run, Upstash", google, 0.0, upstash, cost("supabase_pro", 1)),
        Line("One machine with everything on it", cost("machine", HOURS), 0.0, 0.0, 0.0),
    ]  # fmt: skip


def million(m: Measured, a: Assumed, handler_ms: float, single: bool) -> list[Line]:
    """A million jobs beyond what is free, created one by one or in batches, run by handlers of `handler_ms`."""
    made = m.create if single else m.batch
    calls = MILLION if single else MILLION / 1000
    commands = MILLION * (made.commands + m.run.commands)
    run_seconds = seconds_of(m, a, handler_ms) * MILLION
    api_seconds = calls * a.api_call_seconds
    cpu_hours = MILLION * (made.postgres_us + m.run.postgres_us) / 1e6 / a.database_busy / 3600
    gigabytes = MILLION * m.bytes / 1e9 * 7 / DAYS  # kept for a week
    api, run = table()["create_job"].memory_mib, table()["tick"].memory_mib
    google = cloud_run(api_seconds, calls, api, False) + cloud_run(run_seconds, 0, run, False)
    machine = cost("machine_cpu", (run_seconds + MILLION * made.python_us / 1e6) / 3600 + cpu_hours)
    return [
        Line("Google Cloud, Upstash, Cloud SQL", google, 0.0, cost("upstash", commands),
             cost("cloud_sql_cpu", cpu_hours) + cost("cloud_sql_memory", 4 * cpu_hours)
             + cost("cloud_sql_disk", gigabytes)),
        Line("AWS, ElastiCache Serverless, RDS",
             aws_lambda(calls * a.lambda_tick_seconds, calls, api, False) + cost("http_api", calls)
             + aws_lambda(run_seconds * LAMBDA_MB_PER_CPU / run, 0, run, False),
             0.0, cost("elasticache_unit", commands + MILLION * (made.inside + m.run.inside)),
             cost("rds_cpu", cpu_hours) + cost("rds_disk", gigabytes)),
        Line("Supabase, functions on Cloud Run, Upstash", google, 0.0, cost("upstash", commands),
             cost("supabase_cpu", cpu_hours) + cost("supabase_disk", gigabytes)),
        Line("Machines of one's own", machine, 0.0, 0.0, cost("machine_disk", gigabytes)),
    ]  # fmt: skip


def seconds_of(m: Measured, a: Assumed, handler_ms: float) -> float:
    """Of an instance with one vCPU, for one job: its CPU, or its share of waiting handlers when that is more."""
    return max(m.run.python_us / 1e6 / a.busy, handler_ms / 1e3 / a.handlers_at_once)


class Tier(NamedTuple):
    """What a steady rate needs, and what a million jobs cost at it by platform."""

    rate: int
    kept_hours: int
    instances: int
    database_cpus: int
    databases: int
    valkeys: int
    gigabytes: float
    usd: dict[str, float]


KEPT_HOURS = {1_000: 168, 10_000: 24, 100_000: 1, 1_000_000: 1}


def tiers(m: Measured, a: Assumed, handler_ms: float) -> list[Tier]:
    """Rates from 10^3 to 10^6 jobs a second, day and night, created in batches."""
    return [tier(m, a, handler_ms, rate) for rate in KEPT_HOURS]


def tier(m: Measured, a: Assumed, handler_ms: float, rate: int) -> Tier:
    python = m.batch.python_us / 1e6 / a.busy + seconds_of(m, a, handler_ms)
    cpus = rate * (m.batch.postgres_us + m.run.postgres_us) / 1e6 / a.database_busy
    databases = max(ceil(cpus / 64), ceil(rate * (m.batch.wal + m.run.wal) / a.wal_per_second))
    valkeys = ceil(rate * (m.batch.valkey_us + m.run.valkey_us) / 1e6 / a.valkey_limit)
    gigabytes = rate * 3600 * KEPT_HOURS[rate] * m.bytes / 1e9
    return Tier(
        rate, KEPT_HOURS[rate], ceil(rate * python), max(2, ceil(cpus)), databases, valkeys, gigabytes,
        _prices(rate, rate * python, max(2, ceil(cpus)), valkeys, gigabytes, a.batch),
    )  # fmt: skip


def _prices(rate: int, busy: float, cpus: int, valkeys: int, gigabytes: float, batch: int) -> dict[str, float]:
    """USD for a million jobs. Functions that are always busy are billed for every second of the month."""
    jobs = rate * SECONDS
    valkey = valkeys * (cost("compute_cpu", 2 * HOURS) + cost("compute_memory", 8 * HOURS))
    run, batches = table()["run_jobs"].memory_mib, jobs / batch
    google = cloud_run(busy * SECONDS, 2 * batches, run, False) + valkey
    amazon = aws_lambda(busy * SECONDS * LAMBDA_MB_PER_CPU / run, 2 * batches, run, False) + cost("sqs", 3 * batches)
    google_sql = cost("cloud_sql_cpu", cpus * HOURS) + cost("cloud_sql_memory", 4 * cpus * HOURS)
    month = {
        "Google Cloud": google + google_sql + cost("cloud_sql_disk", gigabytes),
        "AWS": amazon + valkey + cost("rds_cpu", cpus * HOURS) + cost("rds_disk", gigabytes),
        "Supabase": google + cost("supabase_cpu", cpus * HOURS) + cost("supabase_disk", gigabytes),
        "Machines": cost("machine_cpu", (busy + cpus + 2 * valkeys) * HOURS) + cost("machine_disk", gigabytes),
    }
    return {platform: usd / jobs * MILLION for platform, usd in month.items()}
