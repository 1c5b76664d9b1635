"""What can be stored is stored exactly; what cannot is named by its path."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickwork.core.text import MAX_DEPTH, Unstorable, json_text, printable

SAFE_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | SAFE_TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(SAFE_TEXT, inner),
    max_leaves=30,
)


@given(JSON)
def test_what_json_holds_comes_back_unchanged(value):
    assert json.loads(json_text(value)) == value


def nested(levels):
    return [] if levels <= 1 else [nested(levels - 1)]


@pytest.mark.parametrize(
    ("value", "path", "fault"),
    [
        ({"a": [1, {"b": "x\0"}]}, ("a", 1, "b"), "NUL"),
        ({"a\0": 1}, ("a\\0",), "NUL"),
        ({"a": float("nan")}, ("a",), "finite"),
        ({"a": [float("-inf")]}, ("a", 0), "finite"),
        ({"a": 10**308}, ("a",), "digits"),
        (nested(200), (0, 0, 0, 0), "deep"),
        ({"a": object()}, (), "object"),
    ],
)
def test_what_it_cannot_hold_is_named(value, path, fault):
    with pytest.raises(Unstorable, match=fault) as caught:
        json_text(value)
    assert caught.value.path == path


@pytest.mark.parametrize("value", [nested(MAX_DEPTH), {"a": "NaN"}, {"a": "\\u0000"}, {"a": 10**308 - 1}])
def test_what_only_looks_like_it_is_stored(value):
    assert json.loads(json_text(value)) == value


class Unprintable:
    def __str__(self):
        raise RuntimeError


@given(st.text())
def test_printable_fits_a_text_column(value):
    assert "\0" not in printable(value)
    printable(value).encode("utf-8")


def test_printable_never_fails():
    assert printable(Unprintable()) == "<Unprintable that cannot be printed>"
    assert len(printable("x" * 10_000, 100)) == 100
