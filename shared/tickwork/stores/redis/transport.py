"""Sends commands to the one Redis, or to each node of a cluster that keeps a shard: one round trip to a server,
whatever is for it, and each may be away on its own. Nothing is sent twice that may have been done."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from time import monotonic
from typing import Any, TypeVar

import redis
from redis.exceptions import (
    AskError,
    ClusterDownError,
    MovedError,
    NoScriptError,
    RedisClusterException,
    SlotNotCoveredError,
    TryAgainError,
)

from tickwork.core.errors import IndexDown
from tickwork.stores.redis.shard import Command

DOWN_SECONDS = 2.0  # after a failure, callers go on without it for this long instead of waiting again
ELSEWHERE = (MovedError, AskError, TryAgainError)  # nothing was done: the slot is, or is going, to another node
ONLY = "redis"

T = TypeVar("T")
Part = tuple[str, list[Command]]  # commands behind a key of theirs, all of which are in one slot
Answers = list[Any] | IndexDown


class Servers:
    def __init__(self, client: "redis.Redis"):
        self._client = client
        self._cluster: Any = None if isinstance(client, redis.Redis) else client
        self._down_until: dict[str, float] = {}

    def run(self, parts: Sequence[Part]) -> list[Answers]:
        """For each part the answers to its commands, or why there are none. Raises nothing."""
        answers: list[Answers] = [IndexDown("Redis did not answer a moment ago")] * len(parts)
        for server, places in self._by_server(parts).items():
            up = [place for place in places if self._is_up(parts[place][0])]
            if up and self._is_up(server):
                for place, answer in zip(up, self._sent(server, [parts[place] for place in up]), strict=True):
                    answers[place] = answer
        return answers

    def call(self, run: Callable[[], T]) -> T:
        """What `run` gives, which is about no key. Raises IndexDown."""
        if not self._is_up(ONLY):
            raise IndexDown("Redis did not answer a moment ago")
        try:
            return run()
        except (redis.RedisError, RedisClusterException) as error:
            raise self._down(ONLY, error) from error

    def _by_server(self, parts: Sequence[Part]) -> dict[str, list[int]]:
        servers: dict[str, list[int]] = {}
        for place, (key, _) in enumerate(parts):
            servers.setdefault(self._server_of(key), []).append(place)
        return servers

    def _server_of(self, key: str) -> str:
        if self._cluster is None:
            return ONLY
        try:
            return str(self._cluster.get_node_from_key(key).name)
        except (redis.RedisError, RedisClusterException):  # no node answers, or none has it
            return key

    def _is_up(self, name: str) -> bool:
        return monotonic() >= self._down_until.get(name, 0.0)

    def _down(self, name: str, error: Exception) -> IndexDown:
        self._down_until[name] = monotonic() + DOWN_SECONDS
        return IndexDown(f"Redis: {error}")

    def _sent(self, server: str, parts: list[Part]) -> list[Answers]:
        commands = [command for _, part in parts for command in part]
        try:
            found = iter(_exchanged(self._link(server), commands))
        except (redis.RedisError, RedisClusterException) as error:
            self._look_around(server)
            return [self._down(server, error)] * len(parts)
        return [self._checked(key, part, [next(found) for _ in part]) for key, part in parts]

    def _link(self, server: str) -> "redis.Redis":
        if self._cluster is None:
            return self._client
        node = self._cluster.get_node(node_name=server)
        if node is None:
            raise SlotNotCoveredError(f"no node of the cluster keeps {server}")
        return self._cluster.get_redis_connection(node)  # type: ignore[no-any-return]

    def _look_around(self, lost: str) -> None:
        """A replica may have taken over."""
        if self._cluster is not None:
            with suppress(redis.RedisError, RedisClusterException, OSError):
                self._cluster.nodes_manager.initialize(last_failed_node_name=lost)

    def _checked(self, key: str, commands: list[Command], found: list[Any]) -> Answers:
        try:
            return [
                self._again(command, answer) if isinstance(answer, Exception) else answer
                for command, answer in zip(commands, found, strict=True)
            ]
        except (redis.RedisError, RedisClusterException) as error:
            if isinstance(error, ClusterDownError):
                self._look_around(key)
            return self._down(key, error)

    def _again(self, command: Command, error: Exception) -> Any:
        """The answer to a command that was not done. Raises what went wrong otherwise."""
        if isinstance(error, ELSEWHERE):
            try:
                return self._client.execute_command(*_spelt(command))  # type: ignore[no-untyped-call]
            except NoScriptError as unknown:
                error = unknown
        if not isinstance(error, NoScriptError):
            raise error
        return self._client.execute_command("EVAL", command[1].text, *command[2:])  # type: ignore[no-untyped-call]


def _exchanged(link: "redis.Redis", commands: list[Command]) -> list[Any]:
    """The answers, errors among them; raises what the connection itself did. What a pipeline does, without its books: a
    third less for the one command of one job."""
    pool = link.connection_pool
    connection: Any = pool.get_connection()
    try:
        connection.send_packed_command(connection.pack_commands(map(_spelt, commands)))
        return [_answer(connection) for _ in commands]
    finally:
        pool.release(connection)


def _answer(connection: Any) -> Any:
    try:
        return connection.read_response()
    except redis.ResponseError as error:
        return error


def _spelt(command: Command) -> Command:
    return ("EVALSHA", command[1].sha, *command[2:]) if command[0] == "EVALSHA" else command
