"""openapi.json covers every route, and no answer departs from it, whatever is sent (schemathesis, all phases)."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from shared.handlers import handlers
from shared.openapi import OPERATIONS, document
from shared.routes import ROUTES

CASES = int(os.environ.get("SCHEMATHESIS_CASES", "2000"))
MINUTES = 4 if CASES <= 2000 else 120
# Not positive_data_acceptance: some rules, such as a total that must equal its lines, are beyond JSON schema.
CHECKS = ",".join(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
        "negative_data_rejection",
        "unsupported_method",
        "allow_header_conformance",
        "use_after_free",
        "ensure_resource_availability",
    ]
)


def test_every_route_is_described():
    assert set(OPERATIONS) == {route.name for route in ROUTES}
    for route in ROUTES:
        path = document()["paths"][route.path.replace("<id>", "{id}")]
        assert path[route.method.lower()]["operationId"] == route.name


def test_every_built_in_type_has_its_alternative():
    types = [one["properties"]["type"]["const"] for one in document()["components"]["schemas"]["NewJob"]["oneOf"]]
    built_in = {name for name, known in handlers().items() if known.function.__module__.startswith("shared")}
    assert set(types) == built_in


def test_the_api_serves_it(api):
    assert api("GET", "/openapi.json").json == json.loads(json.dumps(document()))


@pytest.mark.xdist_group("schemathesis")
def test_no_answer_departs_from_the_description(address: str, tmp_path: Path):
    report = tmp_path / "report.ndjson"
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{address}/openapi.json"),
        *("--checks", CHECKS, "--phases", "examples,coverage,fuzzing,stateful", "--mode", "all"),
        *("--max-examples", str(max(20, CASES // 40)), "--seed", "1", "--continue-on-failure", "--workers", "2"),
        *("--report", "ndjson", "--report-ndjson-path", str(report), "--no-color", "--suppress-health-check", "all"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=MINUTES * 60, cwd=tmp_path)
    assert done.returncode == 0, done.stdout[-12_000:] + done.stderr[-2_000:]
    (generated,) = re.findall(r"(\d+) generated", done.stdout)
    assert int(generated) >= CASES
