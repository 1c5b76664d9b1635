import pytest

from tickwork.core.redact import REDACTED, redacted

NAMES = ["password", "api_key", "authorization"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"password": "x", "to": "y"}, {"password": REDACTED, "to": "y"}),
        ({"Password": {"a": 1}}, {"Password": REDACTED}),
        ({"headers": {"Authorization": "Bearer x"}}, {"headers": {"Authorization": REDACTED}}),
        ({"a": [{"API-Key": "x"}, 1]}, {"a": [{"API-Key": REDACTED}, 1]}),
        ({"passwords": 3}, {"passwords": 3}),
        (None, None),
        (9007199254740993, 9007199254740993),
    ],
)
def test_named_fields_are_hidden_at_any_depth(value, shown):
    assert redacted(value, NAMES) == shown


def test_without_names_nothing_is_touched():
    value = {"password": "x"}
    assert redacted(value, []) is value


def test_what_is_given_is_not_changed():
    value = {"a": {"password": "x"}}
    redacted(value, NAMES)
    assert value == {"a": {"password": "x"}}
