"""The clock where a platform has none of five seconds: `python -m infra.beat [--for SECONDS]` posts to TICK_URL.

Beats fall on full multiples of BEAT_SECONDS (5), so that two clocks beat together and not against each other. A tick
waits for its handlers; the next beat does not wait for it, unless MAX_AT_ONCE are under way. TICK_SECRET is sent as
Authorization: Bearer.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from urllib.error import URLError
from urllib.request import Request, urlopen

MAX_AT_ONCE = 4
TIMEOUT_SECONDS = 180


def beats(every: float, now: Callable[[], float] = time.time, sleep: Callable[[float], None] = time.sleep) -> None:
    """Return at the next full multiple of `every` seconds, never at once."""
    sleep(every - now() % every)


def post(url: str, secret: str) -> str:
    """What was wrong with the tick, or ""."""
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    try:
        with urlopen(Request(url, b"", headers, method="POST"), timeout=TIMEOUT_SECONDS):  # noqa: S310
            return ""
    except (URLError, TimeoutError) as error:
        return f"{type(error).__name__}: {error}"


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
    options = argparse.ArgumentParser(prog="infra.beat", description="Post to TICK_URL every few seconds.")
    options.add_argument("--for", dest="seconds", type=float, default=float("inf"), help="stop after so many seconds")
    seconds = options.parse_args().seconds
    every = float(os.environ.get("BEAT_SECONDS", "5"))
    run(os.environ["TICK_URL"], os.environ.get("TICK_SECRET", ""), every, time.time() + seconds)


if __name__ == "__main__":
    main()
