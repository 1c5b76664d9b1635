"""What really happened, told by those it happened to: an append-only file beside the stores under test.

A line is `monotonic_ns pid event job attempt`. Handlers write start and end, clients what was acknowledged, faults
themselves. One O_APPEND write of less than a page does not mix with another's.
"""

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

NOBODY = "-"


class Entry(NamedTuple):
    at: float  # seconds, of the machine's one monotonic clock
    pid: int
    event: str
    job: str
    attempt: int


class Ledger:
    def __init__(self, path: Path | str):
        self.path = Path(path)
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def note(self, event: str, *jobs: object, attempt: int = 0) -> None:
        """One line for each of `jobs`; `event` is a word."""
        head = f"{time.monotonic_ns()} {os.getpid()} {event}"
        for job in jobs or (NOBODY,):
            os.write(self._file, f"{head} {job} {attempt}\n".encode())

    def close(self) -> None:
        os.close(self._file)


def entries(path: Path) -> Iterator[Entry]:
    """Every whole line, in the order of writing. Equal words are one string: a million jobs have several lines each."""
    with path.open() as file:
        for line in file:
            at, pid, event, job, attempt = line.split()
            yield Entry(int(at) / 1e9, int(pid), sys.intern(event), sys.intern(job), int(attempt))
