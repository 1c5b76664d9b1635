"""The table of functions is complete, safe and long enough, and every file says what it says."""

import ast
import re
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from infra.functions import table
from infra.render import INFRA, ROOT, rendered
from infra.requirements import EXTRAS
from tickwork.api.routes import FUNCTIONS
from tickwork.core.handler import handlers
from tickwork.core.settings import Settings

PRIVATE = {"tick", "run_jobs"}
TABLE = table()
FIELDS = Settings.model_fields
NOT_DEPLOYED = {
    "AWS_ENDPOINT_URL",
    "GCE_METADATA_HOST",
    "GOOGLE_JWKS_URL",
    "INSECURE_NO_AUTH",
    "PORT",
    "SUPABASE_KEY",
}  # for this machine, stand-ins and tests
SECRETS = {name.upper() for name, field in FIELDS.items() if field.annotation is SecretStr}


def test_every_function_is_deployed() -> None:
    assert sorted(TABLE) == FUNCTIONS == sorted(path.parent.name for path in ROOT.glob("functions/*/main.py"))


def test_only_those_that_ask_for_a_key_are_public() -> None:
    assert {name for name, function in TABLE.items() if not function.public} == PRIVATE
    assert all(function.callers for function in TABLE.values() if not function.public)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_each_setting_exists_and_stands_where_it_belongs(name: str) -> None:
    function = TABLE[name]
    assert {*function.env, *function.secrets, *function.optional} <= {field.upper() for field in FIELDS}
    assert not SECRETS & {*function.env}, "a secret in plain text"
    assert {*function.secrets, *function.optional} <= SECRETS, "a plain setting among the secrets"


def test_each_setting_is_handed_on_to_somebody() -> None:
    """Platforms hand on only what the table names: a setting that it forgets would be set and have no effect."""
    handed_on = {name for f in TABLE.values() for name in (*f.env, *f.secrets, *f.optional)}
    assert handed_on == {field.upper() for field in FIELDS} - NOT_DEPLOYED


@pytest.mark.parametrize("name", sorted(EXTRAS))
def test_whoever_has_the_libraries_to_send_has_the_settings_too(name: str) -> None:
    assert {"AWS_REGION", "EMAIL_FROM", "HTTP_ALLOW_HOSTS"} <= {*TABLE[name].env}
    assert {"SMTP_URL", "WEBHOOK_SECRET"} <= {*TABLE[name].optional}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_setting_that_protects_is_lost_on_the_way(name: str) -> None:
    limits = {"FAILED_SIGN_INS_PER_MINUTE", "JOBS_PER_DAY", "RATE_LIMIT_PER_MINUTE", "TRUSTED_PROXIES"}
    assert {"REDACT_FIELDS", *(limits if TABLE[name].public else ())} <= {*TABLE[name].env}


@pytest.mark.parametrize("name", sorted(PRIVATE))
def test_a_tick_has_the_time_it_may_take(name: str) -> None:
    budget = FIELDS["tick_budget_seconds"].default
    longest = max(handler.timeout for handler in handlers().values())
    assert TABLE[name].timeout >= budget + longest + 10


def test_the_clocks_wait_as_long_as_a_tick_may_take() -> None:
    from infra import beat
    from infra.gcp.beat import main

    assert TABLE["tick"].timeout <= beat.TIMEOUT_SECONDS
    assert TABLE["tick"].timeout == main.DEADLINE_SECONDS
    assert TABLE["tick"].max_instances == beat.MAX_AT_ONCE


@pytest.mark.parametrize("file", sorted(rendered()), ids=lambda file: str(file.relative_to(ROOT)))
def test_what_is_written_by_the_table_is_up_to_date(file: Path) -> None:
    assert file.read_text() == rendered()[file], "run: python -m infra.render"


def test_a_clock_needs_nothing_but_python() -> None:
    tree = ast.parse((INFRA / "beat.py").read_text())
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    modules |= {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    assert {module.split(".")[0] for module in modules if module} <= sys.stdlib_module_names


def test_the_document_names_every_function_and_every_file_it_names_exists() -> None:
    text = (ROOT / "docs" / "DEPLOY.md").read_text()
    for name, function in TABLE.items():
        row = next(line for line in text.splitlines() if line.startswith("| ") and name in line)
        limits = f"| {function.concurrency} | {function.timeout} | {function.memory_mib} |"
        assert row.endswith(limits), f"{name}: {limits}"
    for link in re.findall(r"\]\(([^)h#][^)]*)\)", text):
        assert (ROOT / "docs" / link).exists(), link
