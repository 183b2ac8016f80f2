"""All of Celery's results in Redis, read as fast as Redis gives them.

SCAN and the values have a connection each, so that keys are there before values are asked for, and Redis is busy while
some values are read. Values are asked for with GETRANGE, so that none is larger than ``_SMALL_BYTES``; whatever is not
a small text is read again in the careful way of :class:`ResultReader`, which also finds the words for what went wrong.
Between two commands of a pipeline Redis serves its other clients.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

import hiredis

from broker_client.profile import Profile, Secrets
from broker_client.redis_server import open_redis, redis_error, redis_label
from broker_client.tasks.key_family import META
from broker_client.tasks.redis_listener import redis_failures
from broker_client.tasks.result_columns import PageMaker, ResultPage
from broker_client.tasks.result_value import decode_value
from broker_client.tasks.results import PATTERN, ResultReader

_SCAN_COUNT = 500
_AHEAD = 4
"""So many pages of values are asked for before the first is looked at."""
_SMALL_BYTES = 16 << 10
_READ_BYTES = 1 << 15
"""Little at a time: hiredis moves all that it has not read yet after every few answers."""
_NEXT_KEY = b"\0" + META
_PAGE = 4_000
"""About so many results are handed over at once."""


class ResultScan:
    """One walk over all results. Owns its connections; used by one thread."""

    def __init__(self, profile: Profile, secrets: Secrets) -> None:
        self._what = redis_label(profile)
        self._client: Any = open_redis(profile, secrets)
        self._careful = ResultReader(profile, secrets)

    def keys(self) -> int:
        """How many keys the database has, of whatever kind. Raises BrokerError."""
        try:
            return int(self._client.dbsize())
        except redis_failures() as problem:
            raise redis_error(problem, self._what) from None

    def pages(self) -> Iterator[ResultPage]:
        """All results, in no order. Raises BrokerError."""
        maker = PageMaker()
        try:
            for keys, values in self._read():
                self._put(maker, keys, values)
                if maker.count >= _PAGE:
                    yield maker.page()
        except redis_failures() as problem:
            raise redis_error(problem, self._what) from None
        if maker.count:
            yield maker.page()

    def close(self) -> None:
        self._client.close()
        self._careful.close()

    def _read(self) -> Iterator[tuple[list[bytes], list[Any]]]:
        """Keys and what came for each of them. While they are looked at, Redis has more to give."""
        asked: deque[list[bytes]] = deque()
        values = _Pipeline(self._client)
        for keys in self._keys():
            values.send(_getrange(keys))
            asked.append(keys)
            if len(asked) > _AHEAD:
                yield asked[0], values.several(len(asked.popleft()))
        for keys in asked:
            yield keys, values.several(len(keys))

    def _keys(self) -> Iterator[list[bytes]]:
        """All keys of results, some hundreds at a time. While they are looked at, Redis looks for the next."""
        pipeline, cursor = _Pipeline(self._client), 0
        pipeline.send(_scan(cursor))
        while True:
            cursor, keys = self._scanned(pipeline.several(1)[0], cursor)
            if cursor:
                pipeline.send(_scan(cursor))
            if keys:
                yield keys
            if not cursor:
                return

    def _scanned(self, answer: Any, cursor: int) -> tuple[int, list[bytes]]:
        """The next cursor and the next keys."""
        match answer:
            case [bytes() as following, list() as keys]:
                return int(following), keys
        asked_again: tuple[int, list[bytes]] = self._client.scan(cursor, match=PATTERN, count=_SCAN_COUNT)
        return asked_again

    def _put(self, maker: PageMaker, keys: Sequence[bytes], values: Sequence[Any]) -> None:
        ids = _plain_ids(keys)
        if ids is not None and _are_small(values):
            maker.take(ids, values)
        else:
            self._put_carefully(maker, keys, values)

    def _put_carefully(self, maker: PageMaker, keys: Sequence[bytes], values: Sequence[Any]) -> None:
        ids, small, others = [], [], []
        for key, value in zip(keys, values, strict=True):
            if type(value) is not bytes or len(value) >= _SMALL_BYTES:
                others.append(key)
            elif value:
                prefix, _meta, task_id = key.partition(META)
                if prefix:
                    maker.prefixes.add(prefix)
                ids.append(task_id)
                small.append(value)
        maker.take(ids, small)
        for result in self._careful.values(others) if others else ():
            maker.prefixes.add(result.key.partition(META)[0])
            maker.take_fact(decode_value(result.task_id, result.value))


class _Pipeline:
    """Many commands on one connection at once, their answers as hiredis reads them: redis-py takes microseconds for
    each. A refusal comes as an object that is neither bytes nor a list."""

    def __init__(self, client: Any) -> None:
        self._connection = client.connection_pool.get_connection()
        self._connection.connect()
        self._socket = self._connection._sock
        self._answers: Any = hiredis.Reader(protocolError=ValueError)
        self._buffer = bytearray(_READ_BYTES)

    def send(self, *commands: bytes) -> None:
        self._socket.sendall(b"".join(commands))

    def several(self, count: int) -> list[Any]:
        """The next answers. Raises what a socket raises, EOFError, or ValueError for what is no answer."""
        answers: list[Any] = []
        gets = self._answers.gets
        while len(answers) < count:
            answer = gets()
            if answer is False:
                self._receive()
            else:
                answers.append(answer)
        return answers

    def _receive(self) -> None:
        size = self._socket.recv_into(self._buffer)
        if not size:
            raise EOFError("the connection was closed")
        self._answers.feed(self._buffer, 0, size)


def _plain_ids(keys: Sequence[bytes]) -> list[bytes] | None:
    """The task ids in keys without a prefix; ``None`` when one is another."""
    before, *ids = b"\0".join((b"", *keys)).split(_NEXT_KEY)
    return ids if len(ids) == len(keys) and not before else None


def _are_small(answers: Sequence[Any]) -> bool:
    """Whether all are values, neither missing nor large. A refusal has no length."""
    try:
        lengths = list(map(len, answers))
    except TypeError:
        return False
    return min(lengths) > 0 and max(lengths) < _SMALL_BYTES


def _bulk(*words: bytes) -> bytes:
    return b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in words)


def _scan(cursor: int) -> bytes:
    """The command for the next keys."""
    words = (b"SCAN", b"%d" % cursor, b"MATCH", PATTERN.encode(), b"COUNT", b"%d" % _SCAN_COUNT)
    return b"*%d\r\n" % len(words) + _bulk(*words)


def _getrange(keys: Sequence[bytes]) -> bytes:
    """The command for the beginning of each value."""
    bounds = _bulk(b"0", b"%d" % (_SMALL_BYTES - 1))
    if len(set(map(len, keys))) == 1:  # as a rule
        command = b"*4\r\n$8\r\nGETRANGE\r\n$%d\r\n" % len(keys[0])
        return command + (b"\r\n" + bounds + command).join(keys) + b"\r\n" + bounds
    return b"".join(b"*4\r\n" + _bulk(b"GETRANGE", key) + bounds for key in keys)
