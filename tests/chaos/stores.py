"""A Postgres, a Valkey and a queue that may be killed at any time and come back at the same address, behind proxies
that cut."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import TimeoutExpired

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from infra.local.postgres import socket_folder
from tests.chaos.ledger import Ledger
from tests.chaos.proxy import Proxy
from tests.chaos.queueing import Queue, SqsServer
from tests.chaos.worker import Env, setting
from tests.servers import Server, start_postgres, start_valkey, stop
from tickwork.stores.postgres.migrate import migrate

DURABLE = {"synchronous_commit": "on", "max_connections": "100"}
ORDERLY_SECONDS = 6


class Stores:
    """`postgres`, `valkey` and `queue` directly, for who watches and breaks; `env` and `queue_env`: by way of the
    proxies, for who is tested. Without `queued` there is no queue."""

    sqs: SqsServer
    queue: Queue

    def __init__(self, folder: Path, ledger: Ledger, seed: int, settings: Env, queued: bool = True):
        self._folder, self._ledger, self._settings = folder, ledger, settings
        self.postgres = start_postgres(folder / "postgres", **DURABLE)
        self.valkey = start_valkey(folder / "valkey")
        self._port = int(self.valkey.url.rpartition(":")[2])
        migrate(self.postgres.url)
        socket = socket_folder(folder / "postgres") / ".s.PGSQL.5432"
        self.proxies = {"postgres": Proxy(str(socket), seed), "valkey": Proxy(("127.0.0.1", self._port), seed + 1)}
        if queued:
            self.sqs = SqsServer(folder / "sqs.log")
            self.queue = Queue(self.sqs)
            self.proxies["queue"] = Proxy(("127.0.0.1", self.sqs.port), seed + 2)

    @property
    def env(self) -> Env:
        postgres, valkey = self.proxies["postgres"], self.proxies["valkey"]
        known = {name: value for name, value in conninfo_to_dict(self.postgres.url).items() if name != "host"}
        plain = {"host": "127.0.0.1", "port": postgres.port, "sslmode": "disable", "gssencmode": "disable"}
        return setting(make_conninfo(**(known | plain)), f"redis://127.0.0.1:{valkey.port}/0", **self._settings)

    @property
    def queue_env(self) -> Env:
        return self.queue.env(self.proxies["queue"].port) if "queue" in self.proxies else {}

    @contextmanager
    def away(self, store: str) -> Iterator[None]:
        """The ledger knows that `store` does not work while this lasts."""
        self._ledger.note(f"down:{store}")
        try:
            yield
        finally:
            self._ledger.note(f"up:{store}")

    def restart_postgres(self, how: signal.Signals) -> None:
        """SIGQUIT: nobody is waited for, and recovery runs from the log. SIGINT: everybody is thrown out in order."""
        with self.away("postgres"):
            self.postgres = _ended(self.postgres, how) or start_postgres(self._folder / "postgres", **DURABLE)

    def restart_valkey(self, keep_dump: bool) -> None:
        """SIGKILL. It comes back with nothing, or with what was last saved, however old."""
        dump = self._folder / "valkey" / "dump.rdb"
        with self.away("valkey"):
            _ended(self.valkey, signal.SIGKILL)
            if not keep_dump:
                dump.unlink(missing_ok=True)
            self.valkey = start_valkey(self._folder / "valkey", self._port)

    def restart_queue(self) -> None:
        """SIGKILL, and all messages are gone."""
        with self.away("queue"):
            self.sqs.kill()
            self.sqs.start()
            self.queue.create()

    def backend(self) -> int | None:
        """The process of some connection of Tickwork's."""
        asked = "select pid from pg_stat_activity where application_name = 'tickwork' order by random() limit 1"
        with psycopg.connect(self.postgres.url, connect_timeout=2) as connection:
            found = connection.execute(asked).fetchone()
            return int(found[0]) if found else None

    def close(self) -> None:
        for proxy in self.proxies.values():
            proxy.close()
        if "queue" in self.proxies:
            self.sqs.kill()
        for server in (self.postgres, self.valkey):
            with suppress(ProcessLookupError):
                server.process.send_signal(signal.SIGCONT)
        stop(self.postgres, self.valkey)


def _ended(server: Server, how: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(server.process.pid, signal.SIGCONT)  # a stopped one would hear of it only later
    server.process.send_signal(how)
    try:
        server.process.wait(ORDERLY_SECONDS)
    except TimeoutExpired:  # Postgres 18, asked to end while it recovers from a killed backend, may never end
        server.process.send_signal(signal.SIGQUIT)
        server.process.wait(30)
