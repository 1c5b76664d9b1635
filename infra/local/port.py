"""Is the gateway's port free, and if not, who has it?"""

import socket

import psutil

from tickwork.core.errors import TickworkError


class PortTaken(TickworkError):
    pass


def require_free(port: int) -> None:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except PermissionError:
        raise PortTaken(f"Port {port} may not be used without root. Choose another: make up PORT=4001") from None
    except OSError:
        raise PortTaken(
            f"Port {port} is taken{_by(port)}. Stop that, or choose another: make up PORT={port % 65535 + 1}"
        ) from None


def _by(port: int) -> str:
    try:
        listeners = [
            c for c in psutil.net_connections("tcp") if c.status == psutil.CONN_LISTEN and c.laddr.port == port
        ]
        process = psutil.Process(next(c.pid for c in listeners if c.pid))
        return f" by {process.name()} (process {process.pid})"
    except (StopIteration, psutil.Error):
        return ""
