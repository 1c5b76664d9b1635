"""The batch follows how long handlers take: as many as run in about a second, within bounds."""

from tickwork.engine.batch_size import BatchSize


def settled_limit(seconds_each: float, low: int = 8, high: int = 2000) -> int:
    size = BatchSize(low, high)
    for _ in range(20):
        size.learn(size.limit, size.limit * seconds_each)
    return size.limit


def test_quick_handlers_get_large_batches():
    assert settled_limit(0.00001) == 2000


def test_slow_handlers_get_small_ones():
    assert settled_limit(0.01) == 100
    assert settled_limit(10) == 8


def test_growth_is_bounded_from_one_batch_to_the_next():
    size = BatchSize(8, 2000)
    before = size.limit
    size.learn(before, 0.0)
    assert size.limit == 4 * before


def test_a_small_quick_batch_says_nothing_about_large_ones():
    size = BatchSize(8, 2000)
    size.learn(1, 0.5)
    assert size.limit == 8
    size.learn(2, 0.0001)
    assert size.limit == 8
