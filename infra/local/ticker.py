"""What a platform's scheduler does: POST /tick every five seconds. First it sees to it that there is something to tick.

`python -m infra.local.ticker [DATABASE_URL] [REDIS_URL] [AWS_ENDPOINT_URL]` names the stores that are ours.
"""

import asyncio
import sys
import time
from collections.abc import Iterator
from typing import Any

import httpx

from infra.local.banner import banner
from infra.local.idle import LIMITS
from infra.local.prepare import bearer, prepare_stores, welcome
from tickwork.core.errors import TickworkError
from tickwork.core.settings import Settings, load_settings

BEAT_SECONDS = 5
MAX_TICKS_AT_ONCE = 4  # a tick waits for its handlers, and the next beat does not wait for it
TIMEOUT_SECONDS = 900
TIME = "duration_ms"


class Ticker:
    def __init__(self, client: httpx.AsyncClient):
        self._client = client
        self._running: set[asyncio.Task[None]] = set()
        self._trouble = ""

    async def run(self) -> None:
        """Beats at full multiples of five seconds; one that comes while four ticks still run is left out."""
        while True:
            if len(self._running) < MAX_TICKS_AT_ONCE:
                task = asyncio.create_task(self._tick())
                self._running.add(task)
                task.add_done_callback(self._running.discard)
            await asyncio.sleep(seconds_to_beat(time.time()))

    async def _tick(self) -> None:
        try:
            answer = await self._client.post("/tick")
        except httpx.HTTPError as error:
            self._report(f"{type(error).__name__} {error}")
            return
        done = answer.json() if answer.is_success else {}
        self._report(trouble(done) if answer.is_success else f"{answer.status_code} {answer.text[:300]}")
        for line in news(done):
            print(line)

    def _report(self, now: str) -> None:
        """Trouble is said once, and its end once."""
        if now != self._trouble:
            print(f"tick: {now or 'all is well again'}")
        self._trouble = now


def seconds_to_beat(now: float) -> float:
    """Until the next full multiple of the beat, never 0."""
    return BEAT_SECONDS - now % BEAT_SECONDS


def trouble(tick: dict[str, Any]) -> str:
    return f"works without {', '.join(tick['degraded'])}" if tick["degraded"] else ""


def news(tick: dict[str, Any]) -> Iterator[str]:
    """A line when the tick changed anything."""
    counts = [f"{count} {what}" for what, count in tick.items() if isinstance(count, int) and count and what != TIME]
    if counts:
        yield f"tick: {', '.join(counts)} in {tick[TIME]:.0f} ms"


def make_client(gateway: str, settings: Settings) -> httpx.AsyncClient:
    signed = bearer(settings.tick_secret)
    return httpx.AsyncClient(base_url=gateway, timeout=TIMEOUT_SECONDS, trust_env=False, headers=signed, limits=LIMITS)


async def main(own: list[str], settings: Settings) -> None:
    gateway = f"http://127.0.0.1:{settings.port}"
    async with make_client(gateway, settings) as client:
        ticker = asyncio.create_task(Ticker(client).run())
        trouble = await asyncio.to_thread(welcome, gateway, own, settings)
        print(trouble or banner(gateway, own, settings))
        await ticker


def start(own: list[str]) -> None:
    settings = load_settings()
    try:
        prepare_stores(own, settings)
        asyncio.run(main(own, settings))
    except TickworkError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    start(sys.argv[1:])
