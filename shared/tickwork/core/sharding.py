"""Which jobs belong to which shard of the due index: a function of the id alone, the same here and in sql/."""

from typing import NamedTuple


class Portion(NamedTuple):
    """The jobs of some `shards`, of `of` in all."""

    shards: tuple[int, ...] = (0,)
    of: int = 1

    @property
    def few(self) -> int:
        """`of`, or 1 when these are all of them: what the statements are told, so that they need not look."""
        return 1 if len(self.shards) == self.of else self.of

    def narrowed(self, shards: tuple[int, ...]) -> "Portion":
        return Portion(shards, self.of)


WHOLE = Portion()


def all_of(of: int) -> Portion:
    return Portion(tuple(range(of)), of)


def shard_of(member: bytes, of: int) -> int:
    """From 0 up to below `of`, for an id's 16 bytes: its last two, which are random, count."""
    return (member[14] << 8 | member[15]) % of
