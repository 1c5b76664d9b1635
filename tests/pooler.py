"""A PgBouncer in transaction mode with two server connections, which are anybody's after each statement.

TEST_POOLER=1 puts one between Tickwork and Postgres in tests/integration; what the tests themselves read stays direct.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from infra.local.postgres import SYSTEM_USER
from infra.local.valkey import free_ports
from tests.processes import running, wait_for_port

PGBOUNCER = Path(os.environ.get("PGBOUNCER") or shutil.which("pgbouncer") or "/usr/sbin/pgbouncer")
WANTED = bool(os.environ.get("TEST_POOLER"))


@contextmanager
def pooler(dsn: str, folder: Path) -> Iterator[str]:
    """DSN of the same database through a pooler of its own, as long as the block lasts."""
    (port,) = free_ports(1)
    parts = conninfo_to_dict(dsn)
    settings = folder / "pgbouncer.ini"
    settings.write_text(
        f"[databases]\n* = host={parts['host']} user=postgres\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n"
        "pool_mode = transaction\ndefault_pool_size = 2\nmax_client_conn = 100\n"
        "server_login_retry = 1\n"  # else one login that fails, as on a busy machine, is held against all for 15 s
    )
    settings.chmod(0o644)
    for place in (folder, *folder.parents):
        if place.stat().st_uid == os.geteuid():
            place.chmod(place.stat().st_mode | 0o011)
    as_user = ["-u", SYSTEM_USER] if os.geteuid() == 0 else []
    with running([PGBOUNCER, *as_user, settings], folder / "pgbouncer.log") as process:
        wait_for_port(port, process, folder / "pgbouncer.log")
        yield through(dsn, port)


def through(dsn: str, port: int) -> str:
    """`dsn` by way of the pooler at `port`."""
    return psycopg.conninfo.make_conninfo(dsn, host="127.0.0.1", port=port, user="postgres")
