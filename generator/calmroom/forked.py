"""Doing the same for many things in as many processes as there are cores.

Processes are forked, so that what a function closes over need not be sent: only what it returns is. A process that has
threads must not be forked, which is why callers say when they may (in a build, not in a preview).
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

MOST = 8
Made = TypeVar("Made")


def over(
    function: Callable[[int], Made],
    count: int,
    *,
    chunk: int,
    parallel: bool,
    told: Callable[[int], None] | None = None,
) -> list[Made]:
    """Return `function` of 0, 1, … up to `count`, in order; `chunk` are given to a process at a time.

    `told` is given the number of those that are done, as they are.
    """
    return list(_counting(each(function, count, chunk=chunk, parallel=parallel), told))


def each(function: Callable[[int], Made], count: int, *, chunk: int, parallel: bool) -> Iterator[Made]:
    """Yield `function` of 0, 1, … up to `count`, in order and as they come, so that not all must be held at once."""
    processes = min(_cores(), MOST, -(-count // chunk))
    alone = threading.active_count() == 1  # a process that has threads must not be forked
    if not parallel or processes < 2 or not alone or "fork" not in multiprocessing.get_all_start_methods():
        yield from (function(number) for number in range(count))
        return
    global _inherited
    _inherited = function
    try:
        with multiprocessing.get_context("fork").Pool(processes, _begin) as pool:
            yield from pool.imap(_of_inherited, range(count), chunksize=chunk)
            pool.close()
            pool.join()  # its threads must be gone before anything is forked again
    finally:
        _inherited = None


def _begin() -> None:
    """Let a new process look for garbage seldom: what it has from its parent stays, and what it makes is soon sent."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)


def _counting(made: Iterable[Made], told: Callable[[int], None] | None) -> Iterator[Made]:
    for number, one in enumerate(made, 1):
        if told:
            told(number)
        yield one


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


_inherited: Callable[[int], Any] | None = None
"""What a forked process does: it has it from its parent, since functions cannot be sent."""


def _of_inherited(number: int) -> Any:
    assert _inherited is not None
    return _inherited(number)
