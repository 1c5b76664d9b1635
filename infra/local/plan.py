"""What `make up` runs, decided once from the environment: `Plan.parts`, and the settings that all of them get."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from honcho.environ import parse

from infra.local import postgres, valkey
from infra.local.secret import kept_secret
from tickwork.api.routes import FUNCTIONS
from tickwork.core.errors import Misconfigured
from tickwork.core.settings import load_settings

ROOT = Path(__file__).parents[2]
LOCAL = ROOT / ".local"
FILES = LOCAL / "files"
DASHBOARD = ROOT / "frontend" / "dist"
REGION = "us-east-1"
EMAIL_DOMAIN = "example.com"  # of EMAIL_FROM; verified in the local SES, so any address of it may send
BUCKET = QUEUE = "tickwork"
ACCOUNT = "123456789012"  # of the stand-in
AWS_KEYS = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
REAL_AWS = {"AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN"}  # must not reach the stand-in


class Part(NamedTuple):
    name: str
    command: list[str]


class Plan(NamedTuple):
    """`env` is the whole environment of every part."""

    port: int
    env: dict[str, str]
    parts: list[Part]


def read_environment(env: Mapping[str, str]) -> dict[str, str]:
    """The environment, and from .env what it does not say; an empty variable says nothing."""
    file = ROOT / ".env"
    written = parse(file.read_text()) if file.exists() else {}
    return {name: value for name, value in (written | dict(env)).items() if value}


def make_plan(env: Mapping[str, str]) -> Plan:
    """Stores that `env` names are used; each other one becomes a part. Misconfigured: a setting is wrong."""
    port = _port(env.get("PORT", "4000"))
    valkey_port, aws_port, *ports = valkey.free_ports(2 + len(FUNCTIONS), besides=port)
    own = {
        "DATABASE_URL": Part(
            "postgres", postgres.command(LOCAL / "postgres", log_checkpoints="off", log_line_prefix="")
        ),
        "REDIS_URL": Part("valkey", _valkey(valkey_port)),
        "AWS_ENDPOINT_URL": Part("aws", _python("infra.local.aws", str(aws_port))),
    }
    own = {name: part for name, part in own.items() if name not in env}
    complete = _complete(env, port, valkey_port, aws_port)
    load_settings(complete)
    places = dict(zip(FUNCTIONS, map(str, ports), strict=True))
    functions = [Part(name, _function(name, where)) for name, where in places.items()]
    gateway = Part("gateway", _python("infra.local.gateway", *(f"{name}={where}" for name, where in places.items())))
    ticker = Part("ticker", _python("infra.local.ticker", *own))
    bridge = [Part("bridge", _python("infra.local.bridge"))] if complete.get("DISPATCH") == "sqs" else []
    return Plan(port, complete, [*own.values(), *functions, gateway, *bridge, ticker])


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise Misconfigured(f"PORT: {text!r} is not a port; give a number from 1 to 65535.")
    return int(text)


def _complete(env: Mapping[str, str], port: int, valkey_port: int, aws_port: int) -> dict[str, str]:
    here = f"127.0.0.1:{port}"
    ours = {
        "API_KEY": kept_secret(LOCAL / "api_key"),
        "TICK_SECRET": kept_secret(LOCAL / "tick_secret"),
        "DATABASE_URL": postgres.dsn(LOCAL / "postgres"),
        "REDIS_URL": f"redis://127.0.0.1:{valkey_port}/0",
        "EMAIL_FROM": f"jobs@{EMAIL_DOMAIN}",
        "AWS_REGION": REGION,
        "RUN_JOBS_URL": f"http://{here}/run",
    }
    files = (
        {} if "STORAGE_URL" in env else {"STORAGE_URL": f"file:{FILES}", "STORAGE_PUBLIC_URL": f"http://{here}/files"}
    )
    always = {
        "PORT": str(port),
        "HTTP_ALLOW_HOSTS": f"{env['HTTP_ALLOW_HOSTS']},{here}" if "HTTP_ALLOW_HOSTS" in env else here,
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "DEBUG": "false",  # functions-framework would take it for its own
        "XDG_RUNTIME_DIR": str(LOCAL),  # gunicorn's control socket would be in the home folder
    }
    there = f"http://127.0.0.1:{aws_port}"
    queue = {} if "AWS_ENDPOINT_URL" in env else {"RUN_JOBS_QUEUE_URL": f"{there}/{ACCOUNT}/{QUEUE}"}
    aws = {} if "AWS_ENDPOINT_URL" in env else {"AWS_ENDPOINT_URL": there} | AWS_KEYS
    kept = {name: value for name, value in env.items() if not aws or name not in REAL_AWS}
    return ours | files | queue | kept | aws | always


def _python(*arguments: str) -> list[str]:
    return [sys.executable, "-m", *arguments]


def _function(name: str, port: str) -> list[str]:
    source = ROOT / "functions" / name / "main.py"
    where = ["--host", "127.0.0.1", "--port", port]
    return _python("functions_framework", "--source", str(source), "--target", name, "--signature-type", "http", *where)


def _valkey(port: int) -> list[str]:
    return valkey.command(LOCAL / "valkey", port, appendonly="yes", loglevel="warning")
