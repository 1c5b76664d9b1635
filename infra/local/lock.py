"""One `make up` at a time in one folder. The lock is the kernel's, so it goes with its processes, however they end."""

import fcntl
import os
import time
from pathlib import Path

from tickwork.core.errors import TickworkError

PATIENCE_SECONDS = 10  # for the parts of a run that was killed; they are going already


class AlreadyRunning(TickworkError):
    pass


def take_lock(file: Path, port: int) -> int:
    """Hold `file` until this process and its children are gone; AlreadyRunning says where the other one is."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not _try(handle):
        pid, url = (file.read_text() or "? ?").split()
        if _alive(pid) or time.monotonic() > deadline:
            raise AlreadyRunning(
                f"Tickwork runs in this folder already: {url} (process {pid}). Stop it with Ctrl-C there or: kill {pid}"
            )
        time.sleep(0.1)
    os.truncate(handle, 0)
    os.write(handle, f"{os.getpid()} http://127.0.0.1:{port}".encode())
    return handle


def _try(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True
