"""PgQueuer: Postgres, asyncpg. Deletes a finished job from the queue and writes a line to its log table."""

import asyncio
import json
import sys
from datetime import timedelta
from time import time

import asyncpg
import program
import uvloop
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgDriver
from pgqueuer.models import Job
from pgqueuer.queries import Queries
from program import CONCURRENCY, DELAYED, HANDLER_SECONDS, Payload

PROCESSES = 1 if CONCURRENCY else 2
BATCH = 10 if DELAYED else 4 if CONCURRENCY else 500  # its concurrency must be at least two batches
BULK = 5000


async def _queries() -> Queries:
    return Queries(AsyncpgDriver(await asyncpg.connect(program.DATABASE_URL)))


def setup() -> None:
    async def install() -> None:
        queries = await _queries()
        await queries.install()
        await queries.optimize_autovacuum()

    uvloop.run(install())


def one(payloads: list[Payload]) -> None:
    async def enqueue() -> None:
        queries = await _queries()
        for payload in payloads:
            await queries.enqueue("bench", json.dumps(payload).encode())

    uvloop.run(enqueue())


def bulk(payloads: list[Payload], delay: float) -> None:
    uvloop.run(_enqueue(payloads, [timedelta(seconds=delay) if delay else None] * len(payloads)))


def later(payloads: list[Payload], dues: list[float]) -> None:
    uvloop.run(_enqueue(payloads, [timedelta(seconds=due - time()) for due in dues]))


async def _enqueue(payloads: list[Payload], delays: list[timedelta | None]) -> None:
    queries = await _queries()
    for start in range(0, len(payloads), BULK):
        texts = [json.dumps(payload).encode() for payload in payloads[start : start + BULK]]
        await queries.enqueue(["bench"] * len(texts), texts, [0] * len(texts), delays[start : start + BULK])


def work() -> None:
    async def run() -> None:
        worker = PgQueuer(AsyncpgDriver(await asyncpg.connect(program.DATABASE_URL)))

        @worker.entrypoint("bench")
        async def bench(job: Job) -> None:
            program.ran(json.loads(job.payload))
            if HANDLER_SECONDS:
                await asyncio.sleep(HANDLER_SECONDS)

        await worker.run(batch_size=BATCH, max_concurrent_tasks=CONCURRENCY or None)

    uvloop.run(run())


def left() -> int:
    async def count() -> int:
        connection = await asyncpg.connect(program.DATABASE_URL)
        return await connection.fetchval("select count(*) from pgqueuer")

    return asyncio.run(count())


if __name__ == "__main__":
    program.main(sys.modules[__name__])
