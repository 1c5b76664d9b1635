"""Waiting for work without asking for it again and again: whoever lets a job wait in the index publishes a word."""

from types import TracebackType
from typing import Any

import redis


class Alarm:
    """Rings when a job was put into the index. Words are lost while nobody listens: look at the index after opening."""

    def __init__(self, client: "redis.Redis", *channels: str):
        self._words: Any = client.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
        self._words.subscribe(*channels)
        for _ in channels:
            self._words.get_message(timeout=1.0)  # the answers to subscribe: from here on nothing is missed

    def wait(self, seconds: float) -> bool:
        """Until a word comes, or `seconds` are over; whether one came. Words that came together count as one."""
        if self._words.get_message(timeout=seconds) is None:
            return False
        while self._words.get_message(timeout=0) is not None:
            pass
        return True

    def __enter__(self) -> "Alarm":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._words.close()
