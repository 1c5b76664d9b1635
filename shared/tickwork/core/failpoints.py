"""Named moments in the life of a job at which a test may break its process; otherwise each is one empty call a batch.

No setting arms them: only code that runs in the process can, and none of ours does outside tests/.
"""

from collections.abc import Callable

POINTS = (
    "create.before_commit",
    "create.after_commit",
    "create.after_index",
    "tick.after_take",
    "claim.before",
    "claim.committed",
    "run.begin",
    "settle.before",
    "settle.committed",
    "settle.indexed",
    "renew.before",
    "renew.committed",
    "reconcile.before",
    "reconcile.page",
    "house.before_fold",
    "cancel.committed",
    "retry.committed",
    "update.committed",
    "hand_over.before",
    "hand_over.answered",
)


def _nothing(point: str) -> None:
    pass


_act: Callable[[str], None] = _nothing


def passing(point: str) -> None:
    """The process is at `point` now."""
    _act(point)


def arm(act: Callable[[str], None] = _nothing) -> None:
    """Have `act` called with every point that is passed; without an argument, nothing again."""
    global _act
    _act = act
