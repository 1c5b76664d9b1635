"""The Grafana dashboard and the alert rules: well-formed by the vendors' own models and grammar, and every metric and
label they name is in a real answer of GET /metrics."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard
from jsonschema import validate
from prometheus_client.parser import text_string_to_metric_families

ROOT = Path(__file__).parents[2]
DASHBOARD = json.loads((ROOT / "infra" / "grafana" / "dashboard.json").read_text())
RULES = yaml.safe_load((ROOT / "infra" / "prometheus" / "alerts.yml").read_text())
SCRAPED = {"job", "instance"}  # labels that Prometheus itself adds
TEXTS = {"type": "object", "additionalProperties": {"type": "string"}}
DURATION = {"type": "string", "pattern": "^[0-9]+(ms|s|m|h|d)$"}
# https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/
RULE_FILE = {
    "type": "object",
    "required": ["groups"],
    "additionalProperties": False,
    "properties": {
        "groups": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["name", "rules"],
                "additionalProperties": False,
                "properties": {
                    "name": {"type": "string"},
                    "interval": DURATION,
                    "rules": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["alert", "expr", "labels", "annotations"],
                            "additionalProperties": False,
                            "properties": {
                                "alert": {"type": "string", "pattern": "^Tickwork[A-Za-z]+$"},
                                "expr": {"type": "string"},
                                "for": DURATION,
                                "labels": TEXTS,
                                "annotations": TEXTS | {"required": ["summary", "description"]},
                            },
                        },
                    },
                },
            },
        }
    },
}


def expressions() -> Iterator[str]:
    """Every query of both files, Grafana's variables filled in."""
    for panel in DASHBOARD["panels"]:
        yield from (target["expr"] for target in panel["targets"])
    yield from (rule["expr"] for group in RULES["groups"] for rule in group["rules"])


def parsed(text: str) -> Any:
    return promql_parser.parse(text.replace("$__rate_interval", "1m").replace("$job", ".*").replace("$type", ".*"))


def selectors(text: str) -> list[Any]:
    found: list[Any] = []
    promql_parser.walk(parsed(text), found.append)
    return [node for node in found if isinstance(node, promql_parser.VectorSelector)]


def test_grafana_reads_the_dashboard_and_leaves_nothing_out() -> None:
    read = json.loads(json.dumps(Dashboard.from_json(DASHBOARD), cls=JSONEncoder))
    assert _lost(DASHBOARD, read) == []
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids)) >= 10


def _lost(ours: Any, read: Any, path: str = "") -> list[str]:
    if isinstance(ours, dict) and isinstance(read, dict):
        return [one for key, value in ours.items() for one in _lost(value, read.get(key), f"{path}.{key}")]
    if isinstance(ours, list) and isinstance(read, list) and len(ours) == len(read):
        return [
            one for place, pair in enumerate(zip(ours, read, strict=True)) for one in _lost(*pair, f"{path}[{place}]")
        ]
    return [] if ours == read or (not ours and not read) else [path]


def test_panels_do_not_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    for place in (panel["gridPos"] for panel in DASHBOARD["panels"]):
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not cells & taken
        assert max(x for x, _ in cells) < 24
        taken |= cells


def test_prometheus_reads_the_rules() -> None:
    validate(RULES, RULE_FILE)
    names = [rule["alert"] for group in RULES["groups"] for rule in group["rules"]]
    assert len(set(names)) == len(names)
    assert {
        "TickworkNoTick",
        "TickworkDueLate",
        "TickworkFailures",
        "TickworkRefusedSettles",
        "TickworkRedisAway",
    } <= set(names)


@pytest.mark.parametrize("text", ["sum by (", "rate(x)", "a{b=~\"(\"}"])  # fmt: skip
def test_the_grammar_is_one(text: str) -> None:
    with pytest.raises(ValueError):
        parsed(text)


@pytest.mark.parametrize("text", list(expressions()))
def test_every_query_is_promql_over_metrics_that_exist(text: str, api: Any) -> None:
    for type in ("ok", "permanent"):
        api.create(type)
    api.tick()
    families = list(text_string_to_metric_families(api("GET", "/metrics").text))
    labels: dict[str, set[str]] = {}
    for sample in (sample for family in families for sample in family.samples):
        labels.setdefault(sample.name, set()).update(sample.labels)
    found = selectors(text)
    assert found
    for selector in found:
        assert selector.name in labels, selector.name
        assert {matcher.name for matcher in selector.matchers.matchers} <= labels[selector.name] | SCRAPED
    grouped = {name for names in re.findall(r"by \(([^)]*)\)", text) for name in re.split(r",\s*", names)}
    assert grouped <= set.union(*(labels[selector.name] for selector in found)) | SCRAPED
    if "failed" in text:
        assert any(s.labels.get("outcome") == "failed" for family in families for s in family.samples)
