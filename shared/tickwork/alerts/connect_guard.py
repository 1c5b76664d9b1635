"""What connects on our behalf with code of its own may connect to public addresses only.

Apprise resolves a name by itself, after we looked at it; whoever owns the name may answer differently the second time.
So every address is looked at when a socket is about to be connected to it, which CPython tells audit hooks.
"""

import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import cache
from threading import local
from typing import Any

from tickwork.core.errors import Permanent
from tickwork.handlers.http.public_url import REFUSED, Target, is_allowed_by_name, is_public

SENDING = {"socket.connect", "socket.sendto", "socket.sendmsg"}


class Inside(Permanent):
    """An address that is not public was about to be connected to."""


class _Thread(local):
    allow_hosts: Collection[str] | None = None


_thread = _Thread()


@contextmanager
def only_public(allow_hosts: Collection[str]) -> Iterator[None]:
    """In this thread, until it is left: connecting anywhere else raises Inside. `allow_hosts` are addresses, `host` or
    `host:port`, that the operator allowed."""
    _listen()
    outer, _thread.allow_hosts = _thread.allow_hosts, allow_hosts
    try:
        yield
    finally:
        _thread.allow_hosts = outer


@cache
def _listen() -> None:
    sys.addaudithook(_heard)  # for good: there is no way to take one off


def _heard(event: str, arguments: tuple[Any, ...]) -> None:
    if _thread.allow_hosts is None or event not in SENDING:
        return
    connection, address = arguments[:2]
    if address is not None and not _may(address, _thread.allow_hosts):
        connection.close()  # those who connect close it only after an OSError, after which they try another address
        raise Inside(f"{_named(address)}: {REFUSED}")


def _may(address: Any, allow_hosts: Collection[str]) -> bool:
    if not isinstance(address, tuple):  # a path of this machine
        return False
    host, port = str(address[0]), int(address[1])
    return is_public(host) or is_allowed_by_name(Target("http", host, port, "/"), allow_hosts)


def _named(address: Any) -> str:
    return f"{address[0]} port {address[1]}" if isinstance(address, tuple) else repr(address)
