"""Arrays as Postgres itself writes them: psycopg makes them element by element, and text has to be read again there."""

from collections.abc import Iterable
from functools import lru_cache
from struct import pack
from typing import Any

import psycopg
from psycopg.adapt import Buffer, Dumper
from psycopg.pq import Format

UUID_OID, INT_OID, TEXT_OID = 2950, 23, 25


class Uuids(bytes):
    """A `uuid[]`."""


class Ints(bytes):
    """An `int[]`."""


class Words(bytes):
    """A `text[]` of few different words."""


def uuids(ids: Iterable[bytes]) -> Uuids:
    """Of ids of 16 bytes each."""
    return Uuids(_array(UUID_OID, [b"\0\0\0\x10" + id for id in ids]))


def ints(numbers: Iterable[int]) -> Ints:
    return Ints(_array(INT_OID, [*map(_int, numbers)]))


def words(texts: Iterable[str]) -> Words:
    return Words(_array(TEXT_OID, [*map(_word, texts)]))


def _array(oid: int, elements: list[bytes]) -> bytes:
    # Dimensions, whether there are nulls, the elements' type; of the one dimension its length and its first index.
    if not elements:
        return pack("!iii", 0, 0, oid)
    return pack("!iiiii", 1, 0, oid, len(elements), 1) + b"".join(elements)


@lru_cache(256)
def _int(number: int) -> bytes:
    return pack("!ii", 4, number)


@lru_cache(256)
def _word(text: str) -> bytes:
    return pack("!i", len(text.encode())) + text.encode()


class _AsItIs(Dumper):
    format = Format.BINARY

    def dump(self, obj: Any) -> Buffer:
        return obj  # type: ignore[no-any-return]


class _UuidsDumper(_AsItIs):
    oid = 2951


class _IntsDumper(_AsItIs):
    oid = 1007


class _WordsDumper(_AsItIs):
    oid = 1009


psycopg.adapters.register_dumper(Uuids, _UuidsDumper)
psycopg.adapters.register_dumper(Ints, _IntsDumper)
psycopg.adapters.register_dumper(Words, _WordsDumper)
