"""The stores that a command works on: those of the environment, else those of `make up` in this folder."""

import shlex
from os import environ
from pathlib import Path

import click

from tickwork import app
from tickwork.core.settings import adopt
from tickwork.stores.postgres.job_store import JobStore
from tickwork.stores.redis.due_index import DueIndex

NAMED_BY = ("DATABASE_URL", "REDIS_URL")
LOCAL = Path(".local/tickwork.env")  # `make up` writes it, as a shell reads it, and takes it away when it ends


def find(aloud: bool = True) -> None:
    """Take the settings of a running `make up` when the environment names no store. Never some of each."""
    if not LOCAL.is_file():
        return
    if adopt(told(), unless=NAMED_BY) and aloud:
        click.secho(f"On the stores of `make up` ({LOCAL}).", dim=True, err=True)


def told() -> dict[str, str]:
    """What a running `make up` says of itself; nothing when none runs in this folder."""
    lines = shlex.split(LOCAL.read_text()) if LOCAL.is_file() else []
    return dict(line.split("=", 1) for line in lines if "=" in line)


def hint() -> str:
    """What to do when neither the environment nor a `make up` names a store."""
    if LOCAL.is_file() or any(environ.get(name) for name in NAMED_BY):
        return ""
    return " Or start `make up` and call this in its folder, while it runs: its stores are taken then."


def close() -> None:
    """Connections that were opened; an interpreter that ends without it may complain of the pool's threads."""
    if app.database.cache_info().currsize:
        app.database().close()


def store() -> JobStore:
    return app.store()


def index() -> DueIndex:
    return app.index()


def silence_seconds() -> float:
    return app.settings().tick_silence_seconds
