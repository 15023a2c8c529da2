"""Expressions that are built once: every month asks for the same ones, over views of the same names."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import fields, is_dataclass
from functools import wraps
from threading import Lock
from typing import Any, ParamSpec, TypeVar

import ibis.expr.types as ir

_P = ParamSpec("_P")
_R = TypeVar("_R")
_KEPT = 64
"""Of each function."""


def remembered(build: Callable[_P, _R]) -> Callable[_P, _R]:
    """
    *build*, remembering what it made of the same arguments.

    For pure functions of tables, texts and settings. Building an expression of some joins takes Ibis tens of
    milliseconds, over a small month more than DuckDB takes to run it.
    """
    made: OrderedDict[Hashable, _R] = OrderedDict()
    lock = Lock()

    @wraps(build)
    def remember(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        key = (tuple(map(_key, args)), tuple((name, _key(kwargs[name])) for name in sorted(kwargs)))
        with lock:
            if key in made:
                return made[key]
        result = build(*args, **kwargs)
        with lock:
            made[key] = result
            if len(made) > _KEPT:
                made.popitem(last=False)
        return result

    return remember


def _key(value: Any) -> Hashable:
    if isinstance(value, ir.Table):
        operation: Hashable = value.op()
        return operation
    if isinstance(value, dict):
        return tuple((_key(k), _key(v)) for k, v in value.items())
    if isinstance(value, tuple | list):
        return tuple(map(_key, value))
    if is_dataclass(value) and not isinstance(value, type):
        return (type(value), *(_key(getattr(value, f.name)) for f in fields(value)))
    key: Hashable = value
    return key
