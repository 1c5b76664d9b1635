"""A Knative Service for each function: scales to zero and up again, which Deployments do not."""

from typing import Any

import yaml

from infra.functions import Function, table
from infra.rendering.kubernetes import container, pod
from infra.rendering.text import dashed


def services() -> str:
    return str(
        yaml.safe_dump_all([service(f) for f in table().values()], sort_keys=False, width=120, explicit_start=True)
    )


def service(function: Function) -> dict[str, Any]:
    # Without the label Knative gives every service an address outside.
    inside = {} if function.public else {"labels": {"networking.knative.dev/visibility": "cluster-local"}}
    return {
        "apiVersion": "serving.knative.dev/v1",
        "kind": "Service",
        "metadata": {"name": dashed(function.name)} | inside,
        "spec": {
            "template": {
                "metadata": {"annotations": {"autoscaling.knative.dev/max-scale": str(function.max_instances)}},
                "spec": {
                    "containerConcurrency": function.concurrency,
                    "timeoutSeconds": function.timeout,
                    **_pod(function),
                },
            }
        },
    }


def _pod(function: Function) -> dict[str, Any]:
    """Knative makes the port's probes itself, and allows neither a name of its own choice nor a grace period."""
    without = {"ports", "startupProbe", "livenessProbe", "readinessProbe"}
    inner = {name: value for name, value in container(function).items() if name not in without}
    kept = {name: value for name, value in pod(function).items() if name in ("automountServiceAccountToken", "volumes")}
    return kept | {"securityContext": pod(function)["securityContext"], "containers": [inner]}
