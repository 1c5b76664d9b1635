"""A Deployment and a Service for each function."""

from typing import Any

import yaml

from infra.functions import Function, table
from infra.rendering.text import dashed

IMAGE = "tickwork:latest"
PORT = 8080


def functions() -> str:
    parts = [part for function in table().values() for part in (deployment(function), service(function))]
    return str(yaml.safe_dump_all(parts, sort_keys=False, width=120, explicit_start=True))


def deployment(function: Function) -> dict[str, Any]:
    labels = {"app.kubernetes.io/name": "tickwork", "app.kubernetes.io/component": dashed(function.name)}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": dashed(function.name),
            "labels": labels | {"tickwork/public": str(function.public).lower()},
        },
        "spec": {
            "replicas": 2 if function.public else 1,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels | {"tickwork/public": str(function.public).lower()}},
                "spec": pod(function),
            },
        },
    }


def pod(function: Function) -> dict[str, Any]:
    return {
        "automountServiceAccountToken": False,
        "terminationGracePeriodSeconds": function.timeout,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 65534,
            "fsGroup": 65534,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container(function)],
        "volumes": [{"name": "tmp", "emptyDir": {"sizeLimit": "256Mi"}}],
    }


def container(function: Function) -> dict[str, Any]:
    return {
        "name": "function",
        "image": IMAGE,
        "ports": [{"name": "http", "containerPort": PORT}],
        "env": [{"name": "FUNCTION_TARGET", "value": function.name}, *environment(function)],
        # No probe calls the function itself: a Postgres that is away must not restart what waits for it.
        "startupProbe": {"tcpSocket": {"port": "http"}, "periodSeconds": 1, "failureThreshold": 30},
        "livenessProbe": {"tcpSocket": {"port": "http"}, "periodSeconds": 10},
        "readinessProbe": {"tcpSocket": {"port": "http"}, "periodSeconds": 5},
        "resources": {
            "requests": {"cpu": "100m", "memory": "128Mi"},
            "limits": {"memory": f"{function.memory_mib}Mi"},
        },
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],  # noqa: S108
    }


def environment(function: Function) -> list[dict[str, Any]]:
    """Plain values from the ConfigMap `tickwork`, secrets from the Secret of that name; what may miss is optional."""
    plain = [_from("configMapKeyRef", name, True) for name in function.env]
    secret = [_from("secretKeyRef", name, False) for name in function.secrets]
    return [*plain, *secret, *(_from("secretKeyRef", name, True) for name in function.optional)]


def _from(kind: str, name: str, optional: bool) -> dict[str, Any]:
    reference = {"name": "tickwork", "key": name} | ({"optional": True} if optional else {})
    return {"name": name, "valueFrom": {kind: reference}}


def service(function: Function) -> dict[str, Any]:
    labels = {"app.kubernetes.io/name": "tickwork", "app.kubernetes.io/component": dashed(function.name)}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": dashed(function.name), "labels": labels},
        "spec": {"selector": labels, "ports": [{"name": "http", "port": 80, "targetPort": "http"}]},
    }
