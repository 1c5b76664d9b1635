"""A TCP proxy on loopback, in a process of its own, that cuts connections between any two messages.

proxy = Proxy("/folder/.s.PGSQL.5432")   # or ("127.0.0.1", 6379)
proxy.share.value = 0.02                 # of all messages from now on; the connection ends before or after it
proxy.cuts.value                         # how many connections it has cut
"""

import asyncio
import random
import socket
import struct
from contextlib import suppress
from typing import Any

from infra.local.valkey import free_ports
from tests.chaos.worker import processes, start

Upstream = str | tuple[str, int]
RESET = struct.pack("ii", 1, 0)  # SO_LINGER of nothing: what is under way is dropped, the peer is told so
CHUNK = 65_536


class Proxy:
    """Listens on `port`; each cut is counted when it happens. Forgets everything with `close`."""

    def __init__(self, upstream: Upstream, seed: int = 0, unanswered: bytes = b""):
        self.port = free_ports(1)[0]
        self.share = processes.Value("d", 0.0)
        self.cuts = processes.Value("L", 0)
        self._ready = processes.Event()
        line = (self.port, upstream, seed, unanswered, self.share, self.cuts, self._ready)
        self.process = start(_serve, *line)
        if not self._ready.wait(20):
            raise RuntimeError("the proxy did not start")

    def close(self) -> None:
        self.process.kill()
        self.process.join()


class Line:
    """One connection. With `unanswered`, the first request that holds these bytes reaches its server, whose answer is
    dropped together with the connection."""

    def __init__(self, chance: random.Random, unanswered: bytes, share: Any, cuts: Any):
        self._chance, self._unanswered, self._share, self._cuts = chance, unanswered, share, cuts
        self._asked = False

    async def join(self, upstream: Upstream, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            server = await (
                asyncio.open_unix_connection(upstream)
                if isinstance(upstream, str)
                else asyncio.open_connection(*upstream)
            )
        except OSError:
            writer.close()
            return
        ends = (writer, server[1])
        pumps = [self._pump(reader, server[1], ends, True), self._pump(server[0], writer, ends, False)]
        await asyncio.gather(*pumps, return_exceptions=True)

    async def _pump(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, ends: tuple[asyncio.StreamWriter, ...], up: bool
    ) -> None:
        with suppress(OSError):
            while message := await source.read(CHUNK):
                if self._cut_now(message, up):
                    self._cut(ends)
                    return
                sink.write(message)
                await sink.drain()
                if not self._unanswered and self._cut_now(message, up):
                    self._cut(ends)
                    return
        for end in ends:
            end.close()

    def _cut_now(self, message: bytes, up: bool) -> bool:
        if not self._unanswered:
            return self._chance.random() < self._share.value / 2
        if up:
            self._asked = self._unanswered in message
        return not up and self._asked and not message.startswith(b"-") and not self._cuts.value

    def _cut(self, ends: tuple[asyncio.StreamWriter, ...]) -> None:
        with self._cuts.get_lock():
            self._cuts.value += 1
        for end in ends:
            line = end.get_extra_info("socket")
            if line.family != socket.AF_UNIX:
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            end.transport.abort()


def _serve(port: int, upstream: Upstream, seed: int, unanswered: bytes, share: Any, cuts: Any, ready: Any) -> None:
    chance = random.Random(seed)

    async def joined(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await Line(chance, unanswered, share, cuts).join(upstream, reader, writer)

    async def main() -> None:
        server = await asyncio.start_server(joined, "127.0.0.1", port)
        ready.set()
        await server.serve_forever()

    asyncio.run(main())
