"""Small servers on loopback: one that answers as a test tells it to, byte by byte."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Behaviour = Callable[[socket.socket], None]


@dataclass
class Served:
    """`requests` holds what each connection sent before the answer began, as bytes."""

    port: int
    requests: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def serving(behave: Behaviour, read_request: bool = True) -> Iterator[Served]:
    """A server that lets `behave` have each connection, in a thread of its own, until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        served = Served(listener.getsockname()[1])
        connections: list[socket.socket] = []
        threads: list[threading.Thread] = []

        def serve(connection: socket.socket) -> None:
            with suppress(OSError), connection:
                if read_request:
                    served.requests.append(request_of(connection))
                behave(connection)

        def accept() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    connections.append(connection)
                    threads.append(threading.Thread(target=serve, args=[connection], daemon=True))
                    threads[-1].start()

        acceptor = threading.Thread(target=accept, daemon=True)
        acceptor.start()
        try:
            yield served
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            acceptor.join()
            for connection in connections:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join()


def request_of(connection: socket.socket) -> bytes:
    """Headers, and the body they announce."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65_536)
        if not more:
            return data
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
    while len(body) < length:
        more = connection.recv(65_536)
        if not more:
            break
        body += more
    return head + b"\r\n\r\n" + body


def says(data: bytes) -> Behaviour:
    """Sends `data` and hangs up."""
    return lambda connection: connection.sendall(data)


def answers(status: int = 200, body: bytes = b"", **headers: str) -> Behaviour:
    """A proper answer; header names with _ for -."""
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return says("\r\n".join([*lines, "", ""]).encode() + body)


def repeats(start: bytes, part: bytes, pause: float = 0.0) -> Behaviour:
    """`start`, then `part` for ever, `pause` seconds apart, until the other side goes."""

    def behave(connection: socket.socket) -> None:
        connection.sendall(start)
        connection.settimeout(pause or None)
        while True:
            connection.sendall(part)
            if pause:
                with suppress(TimeoutError):
                    if not connection.recv(65_536):  # waits, and ends at once when the other side hangs up
                        return

    return behave


def stalls(start: bytes = b"") -> Behaviour:
    """`start`, then nothing until the other side goes."""

    def behave(connection: socket.socket) -> None:
        connection.sendall(start)
        while connection.recv(65_536):
            pass

    return behave
