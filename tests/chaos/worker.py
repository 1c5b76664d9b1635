"""A process that ticks without pause until it is killed; its handler notes every start and end in a ledger file."""

import os
import sys
from time import sleep

from pydantic import BaseModel

from shared import wiring
from shared.context import JobContext
from shared.errors import Unavailable
from shared.handlers import Handler, handlers


class Work(BaseModel):
    seconds: float


def note(event: str, job: JobContext) -> None:
    """One line, appended whole: O_APPEND writes of less than a page do not mix."""
    os.write(LEDGER, f"{event} {job.id} {job.attempt}\n".encode())


def work(payload: Work, job: JobContext) -> dict[str, int]:
    note("start", job)
    sleep(payload.seconds)  # the work itself, long enough to be killed in
    note("end", job)
    return {"attempt": job.attempt}


if __name__ == "__main__":
    LEDGER = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    handlers()["work"] = Handler("work", work, Work, timeout=5)
    while True:
        try:
            wiring.tick().run()
        except Unavailable:
            sleep(0.05)
        sleep(0.02)
