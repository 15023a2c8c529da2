"""Async work from a test, whatever runs in its thread already."""

from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import anyio

_Result = TypeVar("_Result")


def run_alone(work: Callable[..., Awaitable[_Result]], *arguments: Any) -> _Result:
    """Run *work* in a thread of its own: a browser test before may have left a loop running in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(anyio.run, work, *arguments).result()
