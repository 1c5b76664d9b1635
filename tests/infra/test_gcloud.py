"""infra/gcp/deploy.sh, run with a `gcloud` that only writes down how it was called."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from infra.functions import STORES, table
from infra.render import INFRA, ROOT

TABLE = table()
SCRIPT = INFRA / "gcp" / "deploy.sh"
STUB = """#!/usr/bin/env bash
printf '%s\\x1f' "$@" >>"${0%/*}/calls"
echo >>"${0%/*}/calls"
case "$1 $2 $3" in
  "run services describe") echo "https://$4.run.app" ;;
  "secrets describe API_KEY" | "secrets describe SMTP_URL") ;;
  "secrets describe "* | "iam service-accounts describe" | "scheduler jobs describe") exit 1 ;;
esac
"""
ENVIRONMENT = {
    "PROJECT": "p",
    "REGION": "europe-west1",
    "IMAGE": "europe-docker.pkg.dev/p/tickwork/tickwork:1",
    "CORS_ORIGINS": "https://a.example,https://b.example",
    "EMAIL_FROM": "jobs@example.org",
    "GATEWAY_IMAGE": "europe-docker.pkg.dev/p/tickwork/gateway:1",
}


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> list[list[str]]:
    """The words of each call of gcloud, in order."""
    folder = tmp_path_factory.mktemp("gcloud")
    stub = folder / "gcloud"
    stub.write_text(STUB)
    stub.chmod(0o755)
    env = ENVIRONMENT | {"PATH": f"{folder}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", SCRIPT], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [line.split("\x1f")[:-1] for line in (folder / "calls").read_text().split("\n") if line]


@pytest.fixture(scope="module")
def deployed(calls: list[list[str]]) -> dict[str, dict[str, str]]:
    """The flags of each `gcloud run deploy`, by service."""
    return {words[2]: flags(words[3:]) for words in calls if words[:2] == ["run", "deploy"]}


def flags(words: list[str]) -> dict[str, str]:
    return {name: value for name, _, value in (word.partition("=") for word in words)}


def pairs(text: str) -> dict[str, str]:
    """What gcloud makes of a list of NAME=value; ^|^ names what divides it."""
    divider, text = (text[1], text[3:]) if text.startswith("^") else (",", text)
    return dict(pair.split("=", 1) for pair in text.split(divider))


@pytest.mark.parametrize("missing", ["PROJECT", "REGION", "IMAGE"])
def test_without_a_setting_it_names_all_and_does_nothing(missing: str, tmp_path: Path) -> None:
    env = {name: value for name, value in ENVIRONMENT.items() if name != missing}
    done = subprocess.run(["/bin/bash", SCRIPT], env=env | {"PATH": str(tmp_path)}, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    for name in ("PROJECT=", "REGION=", "IMAGE=", *STORES):
        assert name in done.stderr


def test_each_function_is_deployed(deployed: dict[str, dict[str, str]]) -> None:
    assert set(deployed) == {f"tickwork-{name.replace('_', '-')}" for name in [*TABLE, "beat", "gateway"]}


@pytest.mark.parametrize("name", TABLE)
def test_a_service_is_what_the_table_says(name: str, deployed: dict[str, dict[str, str]]) -> None:
    function, given = TABLE[name], deployed[f"tickwork-{name.replace('_', '-')}"]
    assert given["--concurrency"] == str(function.concurrency)
    assert given["--max-instances"] == str(function.max_instances)
    assert given["--timeout"] == str(function.timeout)
    assert given["--memory"] == f"{function.memory_mib}Mi"
    assert ("--allow-unauthenticated" in given) == function.public
    assert ("--no-allow-unauthenticated" in given) != function.public
    settings = pairs(given["--set-env-vars"])
    assert settings.pop("FUNCTION_TARGET") == name
    given_to_all = {"GOOGLE_CLOUD_PROJECT", "CORS_ORIGINS", "EMAIL_FROM", "TICK_AUTH"}
    assert set(settings) == given_to_all & set(function.env)
    assert settings.get("TICK_AUTH", "platform") == "platform"
    assert settings.get("CORS_ORIGINS", ENVIRONMENT["CORS_ORIGINS"]) == ENVIRONMENT["CORS_ORIGINS"]
    wanted = {*STORES, *({"API_KEY", "SMTP_URL"} & set(function.optional))}
    assert set(pairs(given["--set-secrets"])) == wanted


def test_the_gateway_knows_each_public_function_and_has_no_rights(deployed: dict[str, dict[str, str]]) -> None:
    given = deployed["tickwork-gateway"]
    public = [name for name, function in TABLE.items() if function.public]
    address = "https://tickwork-{}.run.app"
    assert pairs(given["--set-env-vars"]) == {n.upper(): address.format(n.replace("_", "-")) for n in public}
    assert "--set-secrets" not in given


def test_tick_and_beat_are_reached_from_inside_only(deployed: dict[str, dict[str, str]]) -> None:
    inside = {name for name, given in deployed.items() if given["--ingress"] == "internal"}
    assert inside == {"tickwork-tick", "tickwork-beat"}


def test_nobody_but_the_clock_may_tick(calls: list[list[str]]) -> None:
    grants = {
        (words[3], flags(words)["--member"], flags(words)["--role"])
        for words in calls
        if words[:3] == ["run", "services", "add-iam-policy-binding"]
    }
    clock, runner = (f"serviceAccount:tickwork-{name}@p.iam.gserviceaccount.com" for name in ("clock", "runner"))
    assert grants == {
        ("tickwork-beat", clock, "roles/run.invoker"),
        ("tickwork-tick", clock, "roles/run.invoker"),
        ("tickwork-run-jobs", runner, "roles/run.invoker"),
    }
    assert not [words for words in calls if words[0] == "projects"]


def test_the_clock_is_a_minute_with_a_token(calls: list[list[str]]) -> None:
    (job,) = [flags(words) for words in calls if words[:2] == ["scheduler", "jobs"] and words[2] != "describe"]
    assert job["--schedule"] == "* * * * *"
    assert job["--uri"] == job["--oidc-token-audience"] == "https://tickwork-beat.run.app"


@pytest.mark.skipif(not shutil.which("gcloud"), reason="there is no gcloud here")
def test_gcloud_knows_every_command_and_flag(calls: list[list[str]], tmp_path: Path) -> None:
    kinds = {" ".join(words[:3]): words for words in calls}  # one of each kind: a check takes a second
    lines = [shlex.join(["gcloud", *words]) for words in kinds.values()]
    file = tmp_path / "commands.json"
    file.write_text(json.dumps([{"command_string": line, "ref_id": str(n)} for n, line in enumerate(lines)]))
    lint = ["gcloud", "meta", "lint-gcloud-commands", "--commands-file", file]
    done = subprocess.run(lint, env=os.environ | {"CLOUDSDK_CONFIG": str(tmp_path)}, capture_output=True, text=True)
    verdicts = json.loads(done.stdout)
    assert len(verdicts) == len(kinds), done.stderr
    assert [verdict["error_message"] for verdict in verdicts if not verdict["success"]] == []


def test_the_script_has_no_fault_that_shellcheck_knows() -> None:
    shellcheck = Path(sys.executable).parent / "shellcheck"
    done = subprocess.run([shellcheck, SCRIPT, *ROOT.glob("infra/**/*.sh")], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
