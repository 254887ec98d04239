"""Processes that make rows and documents beside this one, and hand them back in order."""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from typing import Protocol, TypeVar

import django

Task = TypeVar("Task")
Made = TypeVar("Made")
_AHEAD = 3
"""Tasks handed out beyond those under way: what waits for its turn is held in memory."""


class Maker(Protocol):
    def each(self, make: Callable[[Task], Made], tasks: Iterable[Task]) -> Iterator[Made]:
        """What `make`, a function of a module, gives for each task, in the tasks' order. Tasks are taken one after
        another, not all at once, and may be endless: who has enough stops reading."""


class Alone:
    """No process beside this one."""

    def each(self, make: Callable[[Task], Made], tasks: Iterable[Task]) -> Iterator[Made]:
        return map(make, tasks)


class Workers:
    def __init__(self, pool: ProcessPoolExecutor, count: int) -> None:
        self._pool = pool
        self._depth = count + _AHEAD

    def each(self, make: Callable[[Task], Made], tasks: Iterable[Task]) -> Iterator[Made]:
        pending: deque[Future[Made]] = deque()
        try:
            for task in tasks:
                pending.append(self._pool.submit(make, task))
                if len(pending) >= self._depth:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            for one in pending:
                one.cancel()


@contextmanager
def makers(count: int) -> Iterator[Maker]:
    """`count` worker processes, each with the settings of this one's environment; with 0 this process does it all."""
    if count == 0:
        yield Alone()
        return
    # Started afresh: a fork would share this process's database connection.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(count, mp_context=context, initializer=_start) as pool:
        yield Workers(pool, count)


def _start() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.config.settings")
    django.setup()
