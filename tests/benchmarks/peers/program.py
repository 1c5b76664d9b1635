"""What the Python peers share: the commands, the payload, and the book of what ran when. Standard library only.

A peer is one file, `peer.py`: its settings at the top, then these functions.

    setup()                        make tables or queues, empty
    one(payloads)                  create due jobs, one call each
    bulk(payloads, delay)          create jobs due after `delay` seconds, in its fastest way
    later(payloads, dues)          create one job for each payload, due at dues[i] (seconds since 1970)
    work()                         run a worker in this process until it is ended
    left() -> int                  how many jobs are not finished, by the store
    PROCESSES                      how many processes run work(), which may have children

Its handler calls ran(payload) first, and then takes HANDLER_SECONDS.
"""

import json
import os
import random
import subprocess
import sys
from mmap import ACCESS_WRITE, mmap
from pathlib import Path
from struct import pack_into, unpack_from
from time import perf_counter, sleep, time
from types import ModuleType
from typing import Any

DATABASE_URL = os.environ.get("DATABASE_URL", "")
REDIS_URL = os.environ.get("REDIS_URL", "")
HANDLER_SECONDS = float(os.environ.get("BENCH_HANDLER_SECONDS", "0"))
CONCURRENCY = int(os.environ.get("BENCH_CONCURRENCY", "0"))  # 0: as many as suits the peer
DELAYED = os.environ.get("BENCH_MEASURE") == "delayed"  # a worker's settings may then differ: quick polls, not batches
VARIANT = os.environ.get("BENCH_VARIANT", "")
BOOK = Path(os.environ.get("BENCH_FOLDER", "."), "book")
WAITING = 1_000_000_000  # payloads of jobs that are not to run while measured count from here
POLL_SECONDS = 0.002

Payload = dict[str, Any]


class Book:
    """Start time (a double) and number of starts (a byte) of each job 0 … size-1, in a file that all processes map."""

    def __init__(self, path: Path, size: int = 0):
        if size:
            path.write_bytes(bytes(9 * size))
        self.size = path.stat().st_size // 9
        with path.open("r+b") as file:
            self._map = mmap(file.fileno(), 0, access=ACCESS_WRITE)

    def note(self, n: int) -> None:
        pack_into("d", self._map, 8 * n, time())
        self._map[8 * self.size + n] += 1

    def full(self) -> bool:
        return self._map.find(b"\0", 8 * self.size) < 0

    def starts(self) -> tuple[float, ...]:
        return unpack_from(f"{self.size}d", self._map)

    def repeated(self) -> int:
        return sum(count > 1 for count in self._map[8 * self.size :])


_open: list[Book] = []


def ran(payload: Payload) -> None:
    """Called by the handler first: job payload["n"] has started."""
    if not _open:
        _open.append(Book(BOOK))
    _open[0].note(payload["n"])


def payloads(count: int, first: int = 0) -> list[Payload]:
    return [{"n": n, "to": "user@example.com", "subject": "hello"} for n in range(first, first + count)]


def main(peer: ModuleType) -> None:
    command, *numbers = sys.argv[1:]
    answer = COMMANDS[command](peer, *map(float, numbers))
    print(json.dumps(answer))


def _setup(peer: ModuleType) -> dict[str, Any]:
    peer.setup()
    return {}


def _one(peer: ModuleType, count: float) -> dict[str, Any]:
    jobs = payloads(int(count))
    start = perf_counter()
    peer.one(jobs)
    return {"seconds": perf_counter() - start, "left": peer.left()}


def _bulk(peer: ModuleType, count: float, delay: float = 0.0) -> dict[str, Any]:
    jobs = payloads(int(count), WAITING if delay else 0)
    start = perf_counter()
    peer.bulk(jobs, delay)
    return {"seconds": perf_counter() - start, "left": peer.left()}


def _drain(peer: ModuleType, count: float, waiting: float = 0.0) -> dict[str, Any]:
    """From the first start to the moment at which the store calls all `count` jobs finished."""
    book = Book(BOOK, int(count))
    workers = _workers(peer, "drain")
    try:
        end = _finished(peer, book, workers, int(waiting))
        end = max(end, max(book.starts()) + HANDLER_SECONDS)  # some call a job finished before it runs
        memory = sum(_peak_mib(worker.pid) for worker in workers)
    finally:
        _end(workers)
    return {"seconds": end - min(book.starts()), "repeated": book.repeated(), "peak_mib": memory}


def _delayed(peer: ModuleType, count: float, seconds: float) -> dict[str, Any]:
    """Due → start of `count` jobs due at random times within `seconds`, after a first job that shows it works."""
    book = Book(BOOK, int(count) + 1)
    workers = _workers(peer, "delayed")
    jobs = payloads(book.size)
    try:
        _await_first(peer, book, workers)
        begin, draw = time() + 3, random.Random(5)
        dues = sorted(begin + draw.uniform(0, seconds) for _ in jobs[1:])
        peer.later(jobs[1:], dues)
        late = time() - begin  # above zero: it could not even create them in time
        _finished(peer, book, workers, 0)
    finally:
        _end(workers)
    delays = [(start - due) * 1000 for start, due in zip(book.starts()[1:], dues, strict=True)]
    return {"delays_ms": delays, "created_late_seconds": max(0.0, late)}


def _at_once(peer: ModuleType, count: float) -> dict[str, Any]:
    """Created → start of `count` jobs, created one by one about 50 ms apart. Before its call returned is at once."""
    book, created, draw = Book(BOOK, int(count) + 1), [], random.Random(5)
    workers = _workers(peer, "delayed")
    try:
        _await_first(peer, book, workers)
        for payload in payloads(book.size)[1:]:
            peer.one([payload])
            created.append(time())
            sleep(draw.uniform(0.03, 0.07))
        _finished(peer, book, workers, 0)
    finally:
        _end(workers)
    starts = book.starts()[1:]
    return {"delays_ms": [max(0.0, start - at) * 1000 for start, at in zip(starts, created, strict=True)]}


def _await_first(peer: ModuleType, book: Book, workers: list[subprocess.Popen[bytes]]) -> None:
    peer.bulk(payloads(1), 0.0)
    _await(lambda: book.starts()[0] > 0, workers)


def _work(peer: ModuleType) -> dict[str, Any]:
    peer.work()
    return {}


COMMANDS = {
    "setup": _setup,
    "one": _one,
    "bulk": _bulk,
    "drain": _drain,
    "delayed": _delayed,
    "at_once": _at_once,
    "work": _work,
}


def _workers(peer: ModuleType, measure: str) -> list[subprocess.Popen[bytes]]:
    command, env = [sys.executable, str(peer.__file__), "work"], os.environ | {"BENCH_MEASURE": measure}
    return [subprocess.Popen(command, stdout=sys.stderr, env=env) for _ in range(peer.PROCESSES)]


def _peak_mib(pid: int) -> float:
    """Largest resident size so far, where /proc says so."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    return int(status.split("VmHWM:")[1].split()[0]) / 1024 if "VmHWM:" in status else 0.0


def _finished(peer: ModuleType, book: Book, workers: list[subprocess.Popen[bytes]], waiting: int) -> float:
    _await(book.full, workers)
    while True:
        at = time()
        if peer.left() <= waiting:
            return at
        sleep(POLL_SECONDS)


def _await(condition: Any, workers: list[subprocess.Popen[bytes]]) -> None:
    while not condition():
        if dead := [worker.returncode for worker in workers if worker.poll() is not None]:
            raise SystemExit(f"a worker ended early, with {dead[0]}")
        sleep(POLL_SECONDS)


def _end(workers: list[subprocess.Popen[bytes]]) -> None:
    # The benchmark ends this program's whole process group afterwards: that takes the workers' children along.
    for worker in workers:
        worker.kill()
        worker.wait()
