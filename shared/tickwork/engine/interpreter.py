"""Python's collector of garbage, told what this process is like: batches of thousands of objects, none in a cycle."""

import gc

YOUNG = (
    20_000  # objects between two looks; a batch of 2,000 jobs makes a dozen each, and counting references frees them
)


def collect_less() -> None:
    """What is imported by now lives as long as the process: it is not looked through again. A quarter less of Python's
    time in a drain, measured; handlers that make cycles are still collected, after more of them."""
    gc.freeze()
    gc.set_threshold(YOUNG, 10, 10)
