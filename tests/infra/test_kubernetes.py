"""Kubernetes and Knative: against the schemas of a current version, hardened, and as the table says."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from infra.functions import table
from infra.render import INFRA
from infra.rendering.text import dashed

TABLE = table()
FOLDER = INFRA / "kubernetes"
FILES = sorted(file for file in FOLDER.glob("*.yaml") if file.name != "kustomization.yaml")
# The parts of Knative's own schema that we use; nothing else may stand there.
KNATIVE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["apiVersion", "kind", "metadata", "spec"],
    "properties": {
        "apiVersion": {"const": "serving.knative.dev/v1"},
        "kind": {"const": "Service"},
        "metadata": {"type": "object"},
        "spec": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "template": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {
                        "metadata": {"type": "object"},
                        "spec": {
                            "type": "object",
                            "additionalProperties": False,
                            "properties": {
                                "containerConcurrency": {"type": "integer", "minimum": 1, "maximum": 1000},
                                "timeoutSeconds": {"type": "integer", "minimum": 1, "maximum": 600},
                                "automountServiceAccountToken": {"const": False},
                                "securityContext": {"type": "object"},
                                "containers": {"type": "array", "minItems": 1, "maxItems": 1},
                                "volumes": {"type": "array"},
                            },
                        },
                    },
                }
            },
        },
    },
}


def parts(file: Path) -> list[dict[str, Any]]:
    return [part for part in yaml.safe_load_all(file.read_text()) if part]


def pods() -> list[tuple[str, dict[str, Any]]]:
    """Every pod's spec that any file makes, with a name to tell it by."""
    found = []
    for part in [part for file in FILES for part in parts(file)] + parts(INFRA / "knative" / "services.yaml"):
        spec = part.get("spec", {})
        spec = spec.get("jobTemplate", {}).get("spec", spec)
        if "template" in spec:
            found.append((f"{part['kind']} {part['metadata']['name']}", spec["template"]["spec"]))
    return found


def test_the_files_fit_the_schemas() -> None:
    validate = Path(sys.executable).parent / "kubernetes-validate"
    done = subprocess.run([validate, "--strict", *FILES], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("service", parts(INFRA / "knative" / "services.yaml"), ids=lambda s: s["metadata"]["name"])
def test_a_knative_service_uses_only_what_knative_knows(service: dict[str, Any]) -> None:
    assert [error.message for error in Draft202012Validator(KNATIVE).iter_errors(service)] == []


@pytest.mark.parametrize(("name", "pod"), pods(), ids=[name for name, _ in pods()])
def test_a_pod_is_hardened(name: str, pod: dict[str, Any]) -> None:
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in pod["containers"]:
        security = container["securityContext"]
        assert security["allowPrivilegeEscalation"] is False
        assert security["readOnlyRootFilesystem"] is True
        assert security["capabilities"] == {"drop": ["ALL"]}
        assert set(container["resources"]) == {"requests", "limits"}
        assert "memory" in container["resources"]["limits"]


def test_each_function_has_a_deployment_and_a_service() -> None:
    made = {(part["kind"], part["metadata"]["name"]) for part in parts(FOLDER / "functions.yaml")}
    assert made == {(kind, dashed(name)) for kind in ("Deployment", "Service") for name in TABLE}
    assert {part["metadata"]["name"] for part in parts(INFRA / "knative" / "services.yaml")} == set(map(dashed, TABLE))


@pytest.mark.parametrize("name", TABLE)
def test_a_function_gets_its_settings_and_no_secret_in_plain_text(name: str) -> None:
    pod = dict(pods())[f"Deployment {dashed(name)}"]
    variables = {variable["name"]: variable for variable in pod["containers"][0]["env"]}
    assert variables.pop("FUNCTION_TARGET") == {"name": "FUNCTION_TARGET", "value": name}
    function = TABLE[name]
    assert set(variables) == {*function.env, *function.secrets, *function.optional}
    for secret in (*function.secrets, *function.optional):
        assert variables[secret]["valueFrom"]["secretKeyRef"]["name"] == "tickwork"


def test_no_file_holds_a_secret() -> None:
    assert not [part for file in FILES for part in parts(file) if part["kind"] == "Secret"]


def test_the_runners_have_no_address_outside_in_knative_and_few_callers_in_kubernetes() -> None:
    for service in parts(INFRA / "knative" / "services.yaml"):
        function = TABLE[service["metadata"]["name"].replace("-", "_")]
        inside = service["metadata"].get("labels", {}).get("networking.knative.dev/visibility") == "cluster-local"
        assert inside != function.public
    policies = {part["metadata"]["name"]: part["spec"] for part in parts(FOLDER / "network.yaml")}
    assert policies["deny"] == {"podSelector": {}, "policyTypes": ["Ingress"]}
    callers = {
        name: [peer["podSelector"]["matchLabels"]["app.kubernetes.io/component"] for peer in spec["ingress"][0]["from"]]
        for name, spec in policies.items()
        if "from" in spec.get("ingress", [{}])[0]
    }
    assert callers == {"api": ["gateway"], "tick": ["beat"], "run-jobs": ["tick"]}


def test_the_beat_knows_its_secret_and_may_overlap() -> None:
    (job,) = parts(FOLDER / "beat.yaml")
    assert (job["spec"]["schedule"], job["spec"]["concurrencyPolicy"]) == ("* * * * *", "Allow")
    (container,) = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    assert container["command"] == ["python3", "-m", "infra.beat", "--for", "60"]
    assert "secretKeyRef" in json.dumps(container["env"])


def test_the_gateway_knows_each_public_function() -> None:
    (deployment, *_) = parts(FOLDER / "gateway.yaml")
    given = {v["name"]: v["value"] for v in deployment["spec"]["template"]["spec"]["containers"][0]["env"]}
    for name, function in TABLE.items():
        if function.public:
            assert given[name.upper()] == f"{dashed(name)}:80"


def test_the_kustomization_names_every_file() -> None:
    said = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())
    assert sorted(said["resources"]) == [file.name for file in FILES]


@pytest.mark.skipif(not shutil.which("kubectl"), reason="there is no kubectl here")
def test_kustomize_makes_all_of_it_in_one_namespace_with_one_image() -> None:
    done = subprocess.run(["kubectl", "kustomize", FOLDER], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    made = [part for part in yaml.safe_load_all(done.stdout) if part]
    assert len(made) == sum(len(parts(file)) for file in FILES)
    assert {part["metadata"].get("namespace") for part in made if part["kind"] != "Namespace"} == {"tickwork"}
    assert ":latest" not in done.stdout
