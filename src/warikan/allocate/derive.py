"""A value taken from the charge and cleaned up: the expression behind ``from``, ``match`` and ``map``."""

import re
from collections.abc import Iterator, Sequence

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from warikan.catalog.settings import Derived
from warikan.engine.column import Operand, parse_column
from warikan.focus.errors import ConfigError, UnknownColumn


def list_derived_operands(derived: Derived, schema: pa.Schema, where: str) -> Iterator[Operand]:
    """
    The columns and tags that *derived* reads, checked against *schema*.

    Raises:
        ConfigError: an unknown column, or a pattern that RE2 cannot run or that has not exactly one group.
    """
    for text in derived.from_:
        try:
            yield parse_column(text, schema)
        except UnknownColumn as error:
            raise ConfigError(f"{where}: from: {error.message}", hint=error.hint) from error
    if derived.match is not None:
        _check_pattern(derived.match, where)


def _check_pattern(pattern: str, where: str) -> None:
    try:
        groups = re.compile(pattern).groups
        pc.match_substring_regex(pa.array([""]), pattern)
    except (re.error, pa.ArrowInvalid, RecursionError, OverflowError) as error:
        raise ConfigError(f"{where}: match {pattern!r} is not a regex that RE2 runs: {error}") from error
    if groups != 1:
        raise ConfigError(f"{where}: match {pattern!r} has {groups} groups; exactly one is the value")


def derived_value(derived: Derived, sources: Sequence[ir.Value]) -> ir.StringValue:
    """
    The value of *derived*, given the values of its ``from``, in that order; null where none has one.

    The first source that is not empty wins, then trim, lower, match, map, in that order. A value that
    *map* does not name stays as it is; an empty result is null.
    """
    texts = [source.cast("string") for source in sources]
    value = ibis.coalesce(*((t.strip() if derived.trim else t).nullif("") for t in texts))
    if derived.lower:
        value = value.lower()
    if derived.match is not None:
        value = value.re_extract(derived.match, 1).nullif("")
    if derived.map:
        value = value.cases(*derived.map.items(), else_=value)
    return value.nullif("")
