"""What a cold start must not pay for: libraries that only some requests need are imported by those."""

from functools import cache

import pytest

from tests.benchmarks.imports import Imported, entry, imported, names

HEAVY = {
    "PIL", "alembic", "anyio", "apprise", "boto3", "botocore", "cryptography.hazmat", "httpx", "hypothesis",
    "jsonschema", "jwt", "limits", "markdown_it", "opentelemetry.exporter", "prometheus_client", "pytest", "requests",
    "rich", "typst", "yaml",
}  # fmt: skip
# Each brings its own libraries; a tick needs them once it has jobs.
HANDLERS = {f"tickwork.handlers.{name}" for name in ("email.handler", "http.handler", "image_resize", "pdf.handler")}


@cache
def started(function: str) -> Imported:
    return entry(function)


def _within(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


@pytest.mark.parametrize("function", names())
def test_an_entry_file_imports_nothing_heavy(function: str) -> None:
    found = {module for module in started(function).modules for heavy in HEAVY if _within(module, heavy)}
    assert not found


@pytest.mark.parametrize("function", names())
def test_an_entry_file_imports_no_handler(function: str) -> None:
    assert not started(function).modules & HANDLERS


@pytest.mark.parametrize("function", sorted(set(names()) - {"tick", "run_jobs"}))
def test_only_those_that_run_jobs_import_what_runs_them(function: str) -> None:
    assert not started(function).modules & {
        "tickwork.engine.runner",
        "tickwork.engine.executor",
        "tickwork.engine.batch",
        "tickwork.engine.tick",
    }


@pytest.mark.parametrize("module", ["tickwork", "tickwork.jobs.create", "tickwork.app"])
def test_creating_a_job_loads_no_web_framework_and_no_command_line(module: str) -> None:
    found = imported(f"import {module}").modules
    assert not {name for name in found for heavy in ("flask", "werkzeug", "click") if _within(name, heavy)}
