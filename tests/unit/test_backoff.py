"""Backoff exactly, without the jitter, and within its bounds with it, for any number of retries."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickwork.core.backoff import Backoff


@pytest.mark.parametrize(
    ("retries", "bound"), [(0, 5), (1, 10), (2, 20), (3, 40), (9, 2560), (10, 3600), (64, 3600), (10**6, 3600), (-1, 5)]
)
def test_doubles_from_five_seconds_to_an_hour(retries, bound):
    assert Backoff().bound(retries) == bound


@given(
    retries=st.integers(-10, 10**9),
    base=st.floats(0, 1e6),
    factor=st.floats(1, 1e300),
    cap=st.floats(0, 86_400),
    draw=st.floats(0, 1, exclude_max=True),
)
def test_never_negative_never_beyond_the_cap(retries, base, factor, cap, draw):
    assert 0 <= Backoff(base, factor, cap).delay(retries, draw) <= cap


def test_full_jitter_spreads_evenly():
    """A crowd of retries: each tenth of the bound gets its share (the chance of a false alarm is below 1e-12)."""
    delays = [Backoff().delay(3) for _ in range(20_000)]
    shares = [sum(low <= delay < low + 4 for delay in delays) for low in range(0, 40, 4)]
    assert all(1650 < share < 2350 for share in shares), shares
