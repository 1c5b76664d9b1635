"""Fixtures: one Postgres and one Valkey for the whole run, a database and a logical Valkey database for each worker."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

import psycopg
import pytest
import redis
from hypothesis import HealthCheck, settings

from infra.local import valkey as local_valkey
from tests.servers import VALKEY_DATABASES, Keeper, Shared, make_database, shared_servers

FOLDER = "TICKWORK_TEST_FOLDER"  # how the workers learn where the controller's servers are
PORTS = range(10_000, 20_000)  # shared out among workers: none takes what another has chosen and not yet used
keeper = pytest.StashKey[Keeper]()

# How long an example took says how busy the machine was.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        place = int(config.workerinput["workerid"].removeprefix("gw"))
        local_valkey.PORTS = PORTS[place :: config.workerinput["workercount"]]
        return
    if config.option.collectonly:
        return
    folder = Path(mkdtemp(prefix="tickwork-test-"))
    os.environ[FOLDER] = str(folder)
    # Postgres passes through here as another user; another run of pytest would close pytest's own common folder to it.
    config.option.basetemp = config.option.basetemp or str(folder / "tmp")
    config.stash[keeper] = Keeper(folder)


def pytest_unconfigure(config: pytest.Config) -> None:
    if keeper in config.stash:
        config.stash[keeper].close()
        shutil.rmtree(os.environ[FOLDER], ignore_errors=True)


@pytest.fixture(scope="session")
def servers() -> Shared:
    return shared_servers(Path(os.environ[FOLDER]))


@pytest.fixture(scope="session")
def worker() -> int:
    """0 for the first pytest-xdist worker, 1 for the second …"""
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))


@pytest.fixture(scope="session")
def dsn(servers: Shared, worker: int) -> str:
    """A migrated database of this worker's own; `database` gives it empty."""
    return make_database(servers.dsn, f"worker_{worker}")


@pytest.fixture(scope="session")
def redis_url(servers: Shared, worker: int) -> str:
    """A logical Valkey database of this worker's own; `valkey` gives it empty."""
    assert worker < VALKEY_DATABASES
    return f"{servers.redis_url}/{worker}"


@pytest.fixture
def database(dsn: str) -> str:
    """DSN of this worker's database, every table emptied."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        tables = connection.execute(
            "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname = 'tickwork'"
            " and tablename not like '%migrations'"
        ).fetchall()
        connection.execute(f"truncate {', '.join(table for (table,) in tables)} restart identity cascade")
    return dsn


@pytest.fixture
def valkey(redis_url: str) -> str:
    """URL of this worker's Valkey database, emptied."""
    with redis.Redis.from_url(redis_url) as client:
        client.flushdb()
    return redis_url


@pytest.fixture
def sql(database: str) -> Iterator[psycopg.Connection]:
    """An autocommit connection to the emptied database."""
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def aws() -> Iterator[str]:
    """The address of a stand-in for AWS."""
    from moto.server import ThreadedMotoServer  # takes a second, for the few who need it

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()
