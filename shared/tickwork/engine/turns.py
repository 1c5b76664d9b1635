"""Python's threads, told what this process is like: one computes while the others wait for the stores."""

import sys

SECONDS = 0.001


def take_short_turns() -> None:
    """Who has its answer waits a millisecond for its turn, not five: a seventh more jobs created in bulk, measured."""
    sys.setswitchinterval(SECONDS)
