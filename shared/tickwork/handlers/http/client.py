"""The one HTTP client for addresses that a job names: bounded in time and bytes, and unable to reach the inside.

    fetch("GET", "https://example.com/", seconds=10, max_bytes=65_536) -> Answer

httpcore speaks HTTP; what is ours is the wire below it. Every address a name resolves to is checked, the connection
goes to the very address that was checked (so a second answer of DNS cannot redirect it), TLS and the Host header keep
the name, and one deadline covers resolving, connecting, handshake, sending and every byte received. No redirects, no
proxies from the environment, no cookies, no decompression.
"""

import queue
import socket
import ssl
import threading
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from time import monotonic

import certifi
import httpcore

from tickwork.core.errors import Permanent, TickworkError
from tickwork.handlers.http.public_url import REFUSED, Target, is_allowed_by_name, is_public, parse_url

MAX_ADDRESSES = 4  # of one name are tried
MAX_OVERHEAD_BYTES = 256 * 1024  # headers, 1xx answers and chunk marks, over and above the body's share
WRITE_BYTES = 64 * 1024


class OutgoingError(TickworkError):
    """No usable answer; another attempt may get one."""


class Refused(Permanent):
    """The name leads to an address that is not public."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`headers` by lower-case name, repeated ones joined by ", ". `body` as sent, cut (`truncated`) at max_bytes."""

    status: int
    headers: dict[str, str]
    body: bytes
    truncated: bool


def fetch(
    method: str,
    url: str,
    *,
    seconds: float,
    max_bytes: int,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    allow_hosts: Collection[str] = (),
    ssl_context: ssl.SSLContext | None = None,
) -> Answer:
    """One request, one answer, whatever its status, within `seconds` in all.

    ValueError for a URL that cannot be called, Refused for one that leads inside, OutgoingError for the rest.
    """
    target = parse_url(url)
    deadline = _Deadline(seconds)
    guard = _Guard(target, deadline, 8 * max_bytes + MAX_OVERHEAD_BYTES, allow_hosts)
    fixed = {"Host": target.authority, "Connection": "close", "Accept-Encoding": "identity"}
    sent = list({**fixed, **(headers or {})}.items())
    try:
        with (
            httpcore.ConnectionPool(ssl_context or _trust(), network_backend=guard) as pool,
            pool.stream(method, _url(target), headers=sent, content=body) as response,
        ):
            read, truncated = _read(response.iter_stream(), max_bytes)
            return Answer(response.status, _joined(response.headers), read, truncated)
    except httpcore.TimeoutException:
        raise _late(seconds) from None
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise OutgoingError(f"{target.authority}: {str(error) or type(error).__name__}") from error


@cache
def _trust() -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=certifi.where())
    context.load_default_certs()  # a company's own authority, or SSL_CERT_FILE
    return context


def _url(target: Target) -> httpcore.URL:
    return httpcore.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.path)


def _read(chunks: Iterable[bytes], max_bytes: int) -> tuple[bytes, bool]:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > max_bytes:
            return bytes(body[:max_bytes]), True
    return bytes(body), False


def _joined(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined


def _late(seconds: float) -> OutgoingError:
    return OutgoingError(f"no complete answer within {seconds:g} s")


class _Deadline:
    def __init__(self, seconds: float):
        self.seconds = seconds
        self._end = monotonic() + seconds

    def left(self) -> float:
        """Seconds, always positive; OutgoingError once there are none."""
        left = self._end - monotonic()
        if left <= 0:
            raise _late(self.seconds)
        return left


class _Guard(httpcore.NetworkBackend):
    """Connects to public addresses only; the timeouts httpcore passes are ignored for the deadline."""

    def __init__(self, target: Target, deadline: _Deadline, max_bytes: int, allow_hosts: Collection[str]):
        self._trusted = is_allowed_by_name(target, allow_hosts)
        self._deadline = deadline
        self._max_bytes = max_bytes

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        addresses = resolve(host, port, self._deadline.left())
        if not self._trusted and not all(map(is_public, addresses)):
            raise Refused(f"{host}: {REFUSED}")
        connection = self._connect(host, addresses[:MAX_ADDRESSES], port)
        return _Wire(connection, self._deadline, self._max_bytes)

    def _connect(self, host: str, addresses: list[str], port: int) -> socket.socket:
        reason = ""
        for position, address in enumerate(addresses):
            share = self._deadline.left() / (len(addresses) - position)
            try:
                return socket.create_connection((address, port), timeout=share)
            except OSError as error:
                reason = str(error)
        raise OutgoingError(f"{host} port {port}: cannot connect: {reason}")


class _Wire(httpcore.NetworkStream):
    """A socket under the deadline and a budget of received bytes."""

    def __init__(self, connection: socket.socket, deadline: _Deadline, max_bytes: int):
        self._socket = connection
        self._deadline = deadline
        self._budget = max_bytes

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        self._socket.settimeout(self._deadline.left())
        try:
            data = self._socket.recv(max_bytes)
        except TimeoutError as error:
            raise httpcore.ReadTimeout from error
        except OSError as error:
            raise httpcore.ReadError(str(error)) from error
        self._budget -= len(data)
        if self._budget < 0:
            raise OutgoingError("the answer is too long")
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        rest = memoryview(buffer)
        while rest:
            self._socket.settimeout(self._deadline.left())
            try:
                rest = rest[self._socket.send(rest[:WRITE_BYTES]) :]
            except TimeoutError as error:
                raise httpcore.WriteTimeout from error
            except OSError as error:  # httpcore then looks whether the server answered before it hung up
                raise httpcore.WriteError(str(error)) from error

    def close(self) -> None:
        self._socket.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        self._socket.settimeout(self._deadline.left())
        try:
            self._socket = ssl_context.wrap_socket(self._socket, server_hostname=server_hostname)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout from error
        except OSError as error:
            raise httpcore.ConnectError(f"TLS: {error}") from error
        return self

    def get_extra_info(self, info: str) -> object:
        return self._socket if info == "socket" else None


def resolve(host: str, port: int, seconds: float) -> list[str]:
    """Every address of `host`, in the resolver's order. In a thread, since getaddrinfo knows no timeout."""
    answers: queue.SimpleQueue[list[str] | OSError | UnicodeError] = queue.SimpleQueue()
    threading.Thread(target=lambda: answers.put(_look_up(host, port)), name="resolve", daemon=True).start()
    try:
        answer = answers.get(timeout=seconds)
    except queue.Empty:
        raise OutgoingError(f"{host}: the name was not resolved within {seconds:.1f} s") from None
    if isinstance(answer, list):
        return answer
    raise OutgoingError(f"{host}: the name was not resolved: {answer}")


def _look_up(host: str, port: int) -> list[str] | OSError | UnicodeError:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        return error
    return list(dict.fromkeys(str(address[0]) for *_, address in found))
