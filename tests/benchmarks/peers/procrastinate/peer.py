"""Procrastinate: Postgres, psycopg. Keeps finished jobs and their events unless told to delete them."""

import asyncio
import logging
import sys
from datetime import UTC, datetime

import program
import psycopg
from procrastinate import App, PsycopgConnector
from program import CONCURRENCY, DELAYED, HANDLER_SECONDS, Payload

PROCESSES = 1 if CONCURRENCY else 2
TASKS = CONCURRENCY or 20
POLL = 0.2 if DELAYED else 5.0
DELETE = "never"
BULK = 1000

app = App(connector=PsycopgConnector(conninfo=program.DATABASE_URL, max_size=20))
logging.disable(logging.INFO)


@app.task(name="bench")
async def bench(**payload: object) -> None:
    program.ran(payload)
    if HANDLER_SECONDS:
        await asyncio.sleep(HANDLER_SECONDS)


def setup() -> None:
    async def apply() -> None:
        async with app.open_async():
            await app.schema_manager.apply_schema_async()

    asyncio.run(apply())


def one(payloads: list[Payload]) -> None:
    async def defer() -> None:
        async with app.open_async():
            for payload in payloads:
                await bench.defer_async(**payload)

    asyncio.run(defer())


def bulk(payloads: list[Payload], delay: float) -> None:
    async def defer() -> None:
        async with app.open_async():
            task = bench.configure(schedule_in={"seconds": delay}) if delay else bench.configure()
            for start in range(0, len(payloads), BULK):
                await task.batch_defer_async(*payloads[start : start + BULK])

    asyncio.run(defer())


def later(payloads: list[Payload], dues: list[float]) -> None:
    async def defer() -> None:
        async with app.open_async():
            for payload, due in zip(payloads, dues, strict=True):
                await bench.configure(schedule_at=datetime.fromtimestamp(due, UTC)).defer_async(**payload)

    asyncio.run(defer())


def work() -> None:
    async def run() -> None:
        async with app.open_async():
            await app.run_worker_async(concurrency=TASKS, fetch_job_polling_interval=POLL, delete_jobs=DELETE)

    asyncio.run(run())


def left() -> int:
    with psycopg.connect(program.DATABASE_URL) as connection:
        query = "select count(*) from procrastinate_jobs where status in ('todo', 'doing')"
        return connection.execute(query).fetchone()[0]


if __name__ == "__main__":
    program.main(sys.modules[__name__])
