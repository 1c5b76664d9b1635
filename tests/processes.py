"""Processes that a test starts: always ended with it."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

STOP_SECONDS = 15


@contextmanager
def running(command: Sequence[str | Path], log: Path, **options: object) -> Iterator[subprocess.Popen[bytes]]:
    """The process while the block lasts, in a group of its own that is ended afterwards; its output goes to `log`."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **options,
        )  # type: ignore[call-overload]
    try:
        yield process
    finally:
        end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_for_port(port: int, process: subprocess.Popen[bytes], log: Path, seconds: float = 30) -> None:
    """Until something listens on `port` of 127.0.0.1; AssertionError with the log when the process is gone or late."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            trying = process.poll() is None and time.monotonic() < deadline
            assert trying, log.read_text(errors="replace")
            time.sleep(0.05)
