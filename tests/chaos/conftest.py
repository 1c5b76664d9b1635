"""Stores for chaos: databases and logical Valkey databases of this worker's own, several at once."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import psycopg
import pytest
import redis

from tests.chaos.checker import Verdict, judge
from tests.chaos.worker import Env, life, setting, start, tick_to_rest
from tests.servers import Shared, make_database

STANDS_PER_WORKER = 5
REST_SECONDS = 20.0


class Stand(NamedTuple):
    """One pair of empty stores and a ledger."""

    env: Env
    path: str
    raw: "redis.Redis"

    @property
    def dsn(self) -> str:
        return self.env["DATABASE_URL"]

    def index_sizes(self) -> list[int]:
        return [self.raw.zcard(f"tickwork:{{0}}:{name}") for name in ("scheduled", "ready", "leased")]

    def statuses(self) -> dict[str, int]:
        with psycopg.connect(self.dsn) as connection:
            return dict(connection.execute("select status, count(*) from tickwork.jobs group by status").fetchall())

    def ids(self) -> list[UUID]:
        with psycopg.connect(self.dsn) as connection:
            return [row[0] for row in connection.execute("select id from tickwork.jobs")]

    def live(self, bug: str = "", fault: tuple[str, str] | None = None) -> None:
        """One short life that meets `fault`, and then another process that brings everything to rest."""
        victim = start(life, self.env, self.path, bug, fault)
        while victim.is_alive() and not self._hit():
            victim.join(0.05)
        rescuer = start(tick_to_rest, REST_SECONDS, self.env, self.path, bug)
        victim.join()
        rescuer.join()
        last = start(tick_to_rest, REST_SECONDS, self.env, self.path, bug)
        last.join()

    def _hit(self) -> bool:
        ledger = Path(self.path)
        return ledger.exists() and " fault:" in ledger.read_text()

    def verdict(self) -> Verdict:
        return judge(Path(self.path), self.dsn)


@pytest.fixture
def stands(servers: Shared, worker: int, tmp_path: Path) -> Iterator[Callable[[int], list[Stand]]]:
    """A function that makes up to five stands."""
    clients = []

    def make(count: int, **more: str) -> list[Stand]:
        made = []
        for place in range(count):
            number = 20 + STANDS_PER_WORKER * worker + place
            url = f"{servers.redis_url}/{number}"
            clients.append(redis.Redis.from_url(url))
            clients[-1].flushdb()
            dsn = make_database(servers.dsn, f"chaos_{worker}_{place}")
            made.append(Stand(setting(dsn, url, **more), str(tmp_path / f"ledger-{place}"), clients[-1]))
        return made

    yield make
    for client in clients:
        client.close()
