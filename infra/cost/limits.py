"""Where one of each part ends: one Postgres, one Valkey, one tick, one run_jobs, by what a job takes of their CPU."""

from collections.abc import Mapping
from typing import NamedTuple

from infra.cost.model import Assumed

DATABASE_CPUS = 64  # of the largest that is commonly sold


class Limit(NamedTuple):
    """`us` of CPU a job, of `cores` that are used as far as `Assumed` says; `then` is what helps beyond `rate`."""

    part: str
    us: float
    cores: float
    rate: float
    then: str


def limits(measured: Mapping[str, float], a: Assumed | None = None) -> list[Limit]:
    """`measured` has run_jobs_us, ticks_us, postgres_us and valkey_us. Tightest first."""
    a = a or Assumed()
    parts = [
        ("run_jobs", "run_jobs_us", a.busy, "more of them: the platform's autoscaler"),
        ("tick that hands over", "ticks_us", a.busy, "a tick for some shards each"),
        ("Postgres", "postgres_us", a.database_busy * DATABASE_CPUS, "several Tickworks"),
        ("Valkey", "valkey_us", a.valkey_limit, "shards on a cluster"),
    ]
    found = [Limit(name, measured[key], cores, cores * 1e6 / measured[key], then) for name, key, cores, then in parts]
    return sorted(found, key=lambda limit: limit.rate)
