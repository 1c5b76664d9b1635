"""The Terraform files, evaluated without a provider: what would be made is what the table says, and no more is open."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tfparse import load_from_path

from infra.functions import STORES, table
from infra.render import INFRA, ROOT

TABLE = table()
LOCALS = re.compile(r"^locals \{\n.*?^\}\n", re.DOTALL | re.MULTILINE)
VARIABLES = {
    "project": "p",
    "image": "europe-docker.pkg.dev/p/tickwork/tickwork@sha256:0",
    "settings": {"CORS_ORIGINS": "https://jobs.example.org", "EMAIL_FROM": "jobs@example.org", "NOBODYS": "x"},
    "dashboard_bucket": "pages",
    "gateway_image": "europe-docker.pkg.dev/p/tickwork/gateway@sha256:0",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """Resources by type, as `terraform plan` would show them for VARIABLES."""
    return planned(tmp_path_factory.mktemp("terraform"), VARIABLES)


def planned(root: Path, variables: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    for file in ("infra/functions.json", "frontend/public/_headers"):
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, root / file)
    shutil.copytree(INFRA / "gcp", root / "infra" / "gcp", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    (root / "infra" / "gcp" / "terraform.tfvars.json").write_text(json.dumps(variables))
    return load_from_path(root / "infra" / "gcp", vars_paths=["terraform.tfvars.json"])


@pytest.fixture(scope="module")
def services(made: dict[str, list[dict[str, Any]]]) -> dict[str, dict[str, Any]]:
    return {service["name"]: service for service in made["google_cloud_run_v2_service"]}


@pytest.fixture(scope="module")
def values(made: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """All locals."""
    return {name: value for block in made["locals"] for name, value in block.items()}


def service_of(function: str) -> str:
    return f"tickwork-{function.replace('_', '-')}"


def test_there_is_a_service_for_each_function_and_the_beat(services: dict[str, Any]) -> None:
    assert set(services) == {*map(service_of, TABLE), "tickwork-beat", "tickwork-gateway"}


def test_tick_and_beat_are_reached_from_inside_only(services: dict[str, Any]) -> None:
    inside = {name for name, service in services.items() if service["ingress"] == "INGRESS_TRAFFIC_INTERNAL_ONLY"}
    assert inside == {"tickwork-tick", "tickwork-beat"}


@pytest.mark.parametrize("name", TABLE)
def test_a_service_has_the_limits_of_the_table(name: str, services: dict[str, Any]) -> None:
    function, template = TABLE[name], services[service_of(name)]["template"]
    assert template["timeout"] == f"{function.timeout}s"
    assert template["max_instance_request_concurrency"] == function.concurrency
    assert template["scaling"]["max_instance_count"] == function.max_instances
    assert template["scaling"]["min_instance_count"] == 0
    assert template["containers"]["resources"]["limits"]["memory"] == f"{function.memory_mib}Mi"
    assert template["containers"]["resources"]["cpu_idle"] is True


@pytest.mark.parametrize("name", TABLE)
def test_a_service_gets_its_settings_and_no_others(name: str, values: dict[str, Any]) -> None:
    environment, secrets = values["environment"][name], set(values["secrets"][name])
    assert environment["FUNCTION_TARGET"] == name
    assert set(environment) - {"FUNCTION_TARGET", "THREADS"} <= set(TABLE[name].env)
    assert set(STORES) <= secrets <= {*TABLE[name].secrets, *TABLE[name].optional}
    assert ("API_KEY" in secrets) == TABLE[name].public
    assert environment.get("TICK_AUTH") == (None if TABLE[name].public else "platform")


def test_secrets_come_from_secret_manager_and_their_values_from_nowhere_here(made: dict[str, Any]) -> None:
    text = "".join(file.read_text() for file in (INFRA / "gcp").glob("*.tf"))
    assert "secret_key_ref" in text
    assert "google_secret_manager_secret_version" not in text
    assert {secret["secret_id"] for secret in made["google_secret_manager_secret"]} == {*STORES, "API_KEY"}


def test_everybody_may_call_public_functions_and_nothing_else(made: dict[str, Any]) -> None:
    members = made["google_cloud_run_v2_service_iam_member"]
    open_to_all = {member["__tfmeta"]["path"] for member in members if member["member"] == "allUsers"}
    public = {name for name, function in TABLE.items() if function.public}
    open_to_all.discard("google_cloud_run_v2_service_iam_member.gateway[0]")
    assert open_to_all == {f'google_cloud_run_v2_service_iam_member.public["{name}"]' for name in public}
    others = [member["__tfmeta"]["path"] for member in members if member["member"] != "allUsers"]
    assert sorted(others) == [
        "google_cloud_run_v2_service_iam_member.clock_calls_beat",
        'google_cloud_run_v2_service_iam_member.private["run_jobs"]',
        'google_cloud_run_v2_service_iam_member.private["tick"]',
    ]
    assert {member["role"] for member in members} == {"roles/run.invoker"}


def test_everybody_reaches_tick_only_when_it_asks_for_a_secret(tmp_path: Path) -> None:
    made = planned(tmp_path, VARIABLES | {"tick_by_secret": True})
    members = made["google_cloud_run_v2_service_iam_member"]
    open_to_all = [m["__tfmeta"]["path"] for m in members if m["member"] == "allUsers"]
    assert "google_cloud_run_v2_service_iam_member.tick_by_secret[0]" in open_to_all
    values = {name: value for block in made["locals"] for name, value in block.items()}
    assert values["environment"]["tick"]["TICK_AUTH"] == "secret"
    assert values["environment"]["run_jobs"]["TICK_AUTH"] == "platform"
    assert "TICK_SECRET" in values["secrets"]["tick"]
    assert "TICK_SECRET" in {secret["secret_id"] for secret in made["google_secret_manager_secret"]}
    (job,) = made["google_cloud_scheduler_job"]
    assert job["paused"] is True


def test_no_account_has_a_role_in_the_project(made: dict[str, Any]) -> None:
    assert not [kind for kind in made if kind.startswith("google_project_iam")]
    roles = {grant["role"] for kind, grants in made.items() if kind.endswith("_iam_member") for grant in grants}
    assert roles == {
        "roles/cloudtasks.enqueuer",
        "roles/iam.serviceAccountUser",
        "roles/run.invoker",
        "roles/secretmanager.secretAccessor",
        "roles/storage.objectViewer",
    }


def test_each_account_reads_the_secrets_of_its_functions(values: dict[str, Any]) -> None:
    pairs = {(pair["account"], pair["secret"]) for pair in values["readers"].values()}
    stores = {(account, secret) for account in ("api", "runner") for secret in STORES}
    assert pairs == stores | {("api", "API_KEY")}


def test_the_beat_is_a_minute_and_carries_a_token(made: dict[str, Any]) -> None:
    (job,) = made["google_cloud_scheduler_job"]
    assert job["schedule"] == "* * * * *"
    assert job["http_target"]["http_method"] == "POST"
    assert set(job["http_target"]["oidc_token"]) >= {"service_account_email", "audience"}
    (queue,) = made["google_cloud_tasks_queue"]
    assert queue["rate_limits"]["max_concurrent_dispatches"] == TABLE["tick"].max_instances
    assert queue["retry_config"]["max_attempts"] == 1


def test_the_dashboard_keeps_its_headers(values: dict[str, Any]) -> None:
    from infra.rendering.headers import rules

    wanted = {name: value for pattern, name, value in rules() if pattern == "/*"}
    assert {header["name"]: header["value"] for header in values["dashboard_headers"]} == wanted


@pytest.mark.skipif(not shutil.which("terraform"), reason="there is no terraform here")
def test_terraform_itself_evaluates_the_same(values: dict[str, Any], tmp_path: Path) -> None:
    """Without the resources, for which it would want Google's provider."""
    folder = tmp_path / "infra" / "gcp"
    for file in ("infra/functions.json", "frontend/public/_headers", "infra/gcp/variables.tf"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, tmp_path / file)
    texts = [file.read_text() for file in (INFRA / "gcp").glob("*.tf")]
    (folder / "locals.tf").write_text("".join(block for text in texts for block in LOCALS.findall(text)))
    (folder / "terraform.tfvars.json").write_text(json.dumps(VARIABLES))
    for name in ("environment", "secrets", "readers", "dashboard_headers"):
        console = ["terraform", "console", "-no-color"]
        question = f"jsonencode(jsonencode(local.{name}))"
        done = subprocess.run(console, cwd=folder, input=question, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert json.loads(json.loads(json.loads(done.stdout))) == values[name]


@pytest.mark.skipif(not shutil.which("terraform"), reason="there is no terraform here")
def test_the_files_are_formatted(tmp_path: Path) -> None:
    for file in (INFRA / "gcp").glob("*.tf"):
        shutil.copy(file, tmp_path)
    done = subprocess.run(["terraform", "fmt", "-check", "-diff", "."], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
