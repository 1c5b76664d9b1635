"""The clock where a platform has none of five seconds: `python -m infra.beat [--for SECONDS]` posts to TICK_URL.

Beats fall on full multiples of BEAT_SECONDS (5), so that two clocks beat together and not against each other. A tick
waits for its handlers; the next beat does not wait for it, unless MAX_AT_ONCE are under way. TICK_SECRET is sent as
Authorization: Bearer, to that address and nowhere else: no redirect is followed, no proxy of the environment used. Of
an answer only status and headers are read, and a server that sends them drop by drop is left at the deadline.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from socket import SHUT_RDWR, create_connection, socket
from ssl import create_default_context
from threading import Timer
from urllib.parse import SplitResult, urlsplit

MAX_AT_ONCE = 4
CONNECT_SECONDS = 10
TIMEOUT_SECONDS = 180  # in all, from the connection on
PORTS = {"http": 80, "https": 443}


def beats(every: float, now: Callable[[], float] = time.time, sleep: Callable[[float], None] = time.sleep) -> None:
    """Return at the next full multiple of `every` seconds, never at once."""
    sleep(every - now() % every)


def post(url: str, secret: str, seconds: float = TIMEOUT_SECONDS) -> str:
    """What was wrong with the tick, or "". Ends `seconds` after it has connected."""
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname:
        return "the address must begin with http:// or https://"
    try:
        with create_connection((parts.hostname, parts.port or PORTS[parts.scheme]), CONNECT_SECONDS) as connection:
            return _answer(connection, parts, secret, seconds)
    except OSError as error:
        return f"{type(error).__name__}: {error}"


def _answer(connection: socket, url: SplitResult, secret: str, seconds: float) -> str:
    connection.settimeout(seconds)
    end = time.monotonic() + seconds
    trouble = ""
    with connection.dup() as same, _cut(same, seconds):  # the same still, when TLS has taken the connection over
        try:
            status = _status(connection, url, secret)
            trouble = "" if 200 <= status < 300 else f"answered {status}"
        except (OSError, HTTPException) as error:
            trouble = f"{type(error).__name__}: {error}"
    return trouble if time.monotonic() < end else f"no answer within {seconds:g} s"


@contextmanager
def _cut(connection: socket, seconds: float) -> Iterator[None]:
    """End the connection after `seconds`, whoever is waiting for it."""
    timer = Timer(seconds, _end, [connection])
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def _end(connection: socket) -> None:
    with suppress(OSError):  # it has ended already
        connection.shutdown(SHUT_RDWR)


def _status(connection: socket, url: SplitResult, secret: str) -> int:
    host = url.hostname or ""
    http = HTTPConnection(host, url.port or PORTS[url.scheme])
    tls = url.scheme == "https"
    http.sock = create_default_context().wrap_socket(connection, server_hostname=host) if tls else connection
    try:
        target = (url.path or "/") + (f"?{url.query}" if url.query else "")
        headers = {"Host": url.netloc.rpartition("@")[2], "Connection": "close"}
        headers |= {"Authorization": f"Bearer {secret}"} if secret else {}
        http.request("POST", target, b"", headers)
        return http.getresponse().status
    finally:
        http.close()


def run(url: str, secret: str, every: float, until: float) -> None:
    """Beat until `until`, seconds of time.time(); ticks that run by then are waited for."""
    running: set[Future[str]] = set()
    with ThreadPoolExecutor(MAX_AT_ONCE) as threads:
        while time.time() < until:
            running = {tick for tick in running if not tick.done()}
            if len(running) < MAX_AT_ONCE:
                tick = threads.submit(post, url, secret)
                tick.add_done_callback(say)
                running.add(tick)
            beats(every)


def say(tick: Future[str]) -> None:
    if trouble := tick.result():
        print(trouble, file=sys.stderr, flush=True)


def main() -> None:
    options = argparse.ArgumentParser(
        prog="infra.beat",
        description="Post to TICK_URL every few seconds.",
        epilog="Set in the environment: TICK_URL, the address of tick; TICK_SECRET, its bearer token;"
        " BEAT_SECONDS, 5 unless set.",
    )
    options.add_argument("--for", dest="seconds", type=float, default=float("inf"), help="stop after so many seconds")
    seconds = options.parse_args().seconds
    if not (url := os.environ.get("TICK_URL", "")):
        options.error("TICK_URL is not set: the address of tick. TICK_SECRET and BEAT_SECONDS (5) go with it; see -h.")
    every = float(os.environ.get("BEAT_SECONDS", "5"))
    run(url, os.environ.get("TICK_SECRET", ""), every, time.time() + seconds)


if __name__ == "__main__":
    main()
