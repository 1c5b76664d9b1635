"""What was measured: docs/cost.json, and docs/scale.json where the benchmarks leave better figures of CPU."""

import json
from pathlib import Path
from typing import Any, NamedTuple

DOCS = Path(__file__).parents[2] / "docs"
MEASURED = DOCS / "cost.json"
BETTER = DOCS / "scale.json"
CPU = ("python_us", "postgres_us", "valkey_us")


class Part(NamedTuple):
    """For one job, or one call: commands sent to Redis, statements, CPU in microseconds, bytes of write-ahead log."""

    commands: float
    inside: float
    statements: float
    python_us: float
    postgres_us: float
    valkey_us: float
    wal: float


class Measured(NamedTuple):
    """`create` by calls of one job each, `batch` of a thousand; `minute` is what an idle tick does once a minute."""

    jobs: int
    create: Part
    batch: Part
    run: Part
    idle: Part
    minute: Part
    bytes: int


def measured() -> Measured:
    """From the files in docs/; `cpu_us_per_job` of scale.json replaces the CPU of running a job."""
    found = json.loads(MEASURED.read_text())
    names = {"create": "create", "batch": "create_batch", "run": "run", "idle": "idle_tick", "minute": "minute"}
    parts: dict[str, Any] = {ours: Part(**found[theirs]) for ours, theirs in names.items()}
    parts["run"] = parts["run"]._replace(**better())
    return Measured(jobs=found["jobs"], bytes=found["bytes"], **parts)


def better() -> dict[str, float]:
    if not BETTER.exists():
        return {}
    cpu = json.loads(BETTER.read_text()).get("cpu_us_per_job", {})
    return {name: float(cpu[name]) for name in CPU if name in cpu}
