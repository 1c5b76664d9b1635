"""What GET /job-types says of the built-in types: a form can be made of it, and its examples are good payloads."""

import json
from typing import Any

import pytest

from tickwork.core.handler import handlers

BUILT_IN = ["email", "http", "image_resize", "pdf"]


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_form_can_be_made_of_the_schema(name: str) -> None:
    handler = handlers()[name]
    schema = handler.payload_model.model_json_schema()
    assert handler.description.endswith(".")
    assert json.loads(json.dumps(schema)) == schema
    objects = [schema, *(part for part in schema.get("$defs", {}).values() if "properties" in part)]
    for part in objects:
        assert part["additionalProperties"] is False
        for field, described in part["properties"].items():
            assert described.get("description"), field
            assert described.get("title"), field


@pytest.mark.parametrize("name", BUILT_IN)
def test_the_examples_are_valid(name: str) -> None:
    model: Any = handlers()[name].payload_model
    examples = model.model_json_schema()["examples"]
    assert examples
    for example in examples:
        model.model_validate(example)
