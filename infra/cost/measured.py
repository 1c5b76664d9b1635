"""What was measured: docs/cost.json."""

import json
from pathlib import Path
from typing import Any, NamedTuple

DOCS = Path(__file__).parents[2] / "docs"
MEASURED = DOCS / "cost.json"


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
    """What was counted on the day `date`. `create` by calls of one job each, `batch` of a thousand; `minute` is what an
    idle tick does once a minute."""

    date: str
    jobs: int
    create: Part
    batch: Part
    run: Part
    idle: Part
    minute: Part
    bytes: int


def measured() -> Measured:
    found = json.loads(MEASURED.read_text())
    names = {"create": "create", "batch": "create_batch", "run": "run", "idle": "idle_tick", "minute": "minute"}
    parts: dict[str, Any] = {ours: Part(**found[theirs]) for ours, theirs in names.items()}
    return Measured(date=found["date"], jobs=found["jobs"], bytes=found["bytes"], **parts)
