"""Oban for Python: Postgres, psycopg. Keeps finished jobs for a day; acknowledges and fetches by turns, one transaction
of single statements for the jobs that ended meanwhile. Needs Python 3.12."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import program
import psycopg
import uvloop
from oban import Job, Oban, worker
from oban.schema import install
from program import CONCURRENCY, DELAYED, HANDLER_SECONDS, Payload

PROCESSES = 1 if CONCURRENCY else 2
LIMIT = CONCURRENCY or 200
STAGE_SECONDS = 0.05 if DELAYED else 1.0  # how often it looks for delayed jobs that are due; 1.0 is its default
CONNECTIONS = 4
BULK, BULK_AT_ONCE = 1000, 2


@worker(queue="default")
class Bench:
    async def process(self, job: Job) -> None:
        program.ran(job.args)
        if HANDLER_SECONDS:
            await asyncio.sleep(HANDLER_SECONDS)


@asynccontextmanager
async def _client(**server: Any) -> AsyncIterator[Oban]:
    pool = await Oban.create_pool(program.DATABASE_URL, min_size=CONNECTIONS, max_size=CONNECTIONS)
    yield Oban(pool=pool, **server)
    await pool.close()


def setup() -> None:
    async def create() -> None:
        pool = await Oban.create_pool(program.DATABASE_URL)
        await install(pool)
        await pool.close()

    uvloop.run(create())


def one(payloads: list[Payload]) -> None:
    async def enqueue() -> None:
        async with _client() as oban:
            for payload in payloads:
                await oban.enqueue(Bench.new(payload))

    uvloop.run(enqueue())


def bulk(payloads: list[Payload], delay: float) -> None:
    options = {"scheduled_in": delay} if delay else {}
    uvloop.run(_enqueue([Bench.new(payload, **options) for payload in payloads]))


def later(payloads: list[Payload], dues: list[float]) -> None:
    times = [datetime.fromtimestamp(due, UTC) for due in dues]
    jobs = [Bench.new(payload, scheduled_at=at) for payload, at in zip(payloads, times, strict=True)]
    uvloop.run(_enqueue(jobs))


async def _enqueue(jobs: list[Job]) -> None:
    parts = iter([jobs[start : start + BULK] for start in range(0, len(jobs), BULK)])

    async def lane(oban: Oban) -> None:
        for part in parts:
            await oban.enqueue_many(part)

    async with _client() as oban:
        await asyncio.gather(*(lane(oban) for _ in range(BULK_AT_ONCE)))


def work() -> None:
    async def run() -> None:
        async with _client(queues={"default": LIMIT}, stager={"interval": STAGE_SECONDS}) as oban:
            await oban.start()
            await asyncio.Event().wait()

    uvloop.run(run())


def left() -> int:
    with psycopg.connect(program.DATABASE_URL) as connection:
        query = "select count(*) from oban_jobs where state not in ('completed', 'cancelled', 'discarded')"
        return connection.execute(query).fetchone()[0]


if __name__ == "__main__":
    program.main(sys.modules[__name__])
