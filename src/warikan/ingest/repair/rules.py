"""The rules of rules.toml, as checked data."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from warikan.focus.columns import columns_by_id

UNTOUCHED = ("BilledCost", "BillingCurrency", "Tags")
"""What no rule may set: what was billed, in what, and what people wrote on it."""
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_KEYS = {"id", "version", "title", "test", "set", "on", "why", "reference"}
_MORE = {"provider", "needs", "first", "clears", "codes"}
_TEXT = re.compile(r"'(?:[^']|'')*'")
_NAME = re.compile(r"[A-Za-z_]\w*")


class BadRule(ValueError):
    """A rule that may not be: it sets what none may set, or says too little."""


@dataclass(frozen=True)
class Rule:
    """
    One repair.

    Attributes:
        id: Its name, for good.
        provider: Keys of the companies whose rows it looks at; empty: all.
        needs: Columns without which it can never fire.
        first: SQL that is cheap: only where it holds the test is asked at all.
        test: SQL: which rows.
        set: Column → SQL of its new value.
        clears: A new value of NULL is set too; otherwise it leaves the column as it is.
        on: Whether it is on without a word in warikan.yaml.
        why: Why this is right, or why it is off.
        reference: Where the defect is documented.
        codes: What the finops-toolkit calls it.
        reads: The columns that test and set read.
    """

    id: str
    version: int
    title: str
    provider: tuple[str, ...]
    needs: tuple[str, ...]
    first: str
    test: str
    set: Mapping[str, str]
    clears: bool
    on: bool
    why: str
    reference: str
    codes: tuple[str, ...]
    reads: frozenset[str]

    @property
    def identity(self) -> str:
        """All that decides what it does."""
        said = (f"{column} = {value}" for column, value in self.set.items())
        return "\n".join(
            (
                f"{self.id}@{self.version}",
                *self.provider,
                *self.needs,
                self.first,
                self.test,
                *said,
                str(self.clears),
            )
        )


@dataclass(frozen=True)
class Rules:
    """
    A file of rules.

    Attributes:
        rules: In the order in which they run.
        extras: Columns that are not FOCUS and that they read where a bill has them.
        named: SQL of whose row it is, as the row says.
        shown: SQL of the same, by columns that only one provider's export has.
        without: Code of the finops-toolkit that needs no rule → why.
    """

    rules: tuple[Rule, ...]
    extras: tuple[str, ...]
    named: str
    shown: str
    without: Mapping[str, str]

    def by_id(self) -> dict[str, Rule]:
        """Id → rule."""
        return {rule.id: rule for rule in self.rules}


@cache
def load_rules() -> Rules:
    """The rules that come with Warikan."""
    return parse_rules(files(__package__).joinpath("rules.toml").read_text(encoding="utf-8"))


def parse_rules(text: str) -> Rules:
    """
    The rules of a file like rules.toml.

    Raises:
        BadRule: one sets BilledCost (or BillingCurrency, Tags), is there twice, or has a wrong key.
    """
    raw = tomllib.loads(text)
    extras = tuple(raw["extras"])
    known = {*columns_by_id(), *extras}
    rules = tuple(_rule(one, known) for one in raw["rule"])
    ids = [rule.id for rule in rules]
    twice = sorted({i for i in ids if ids.count(i) > 1})
    if twice:
        raise BadRule(f"rules of one id: {', '.join(twice)}")
    without = {one["code"]: " ".join(one["why"].split()) for one in raw.get("without", ())}
    return Rules(rules, extras, raw["provider"]["named"], raw["provider"]["shown"], without)


def _rule(raw: dict[str, Any], known: set[str]) -> Rule:
    name = raw.get("id", "?")
    if missing := _KEYS - raw.keys():
        raise BadRule(f"rule {name}: it lacks {', '.join(sorted(missing))}")
    if unknown := raw.keys() - _KEYS - _MORE:
        raise BadRule(f"rule {name}: there is no such key: {', '.join(sorted(unknown))}")
    if not _ID.fullmatch(name):
        raise BadRule(f"rule {name!r}: an id is of lower-case words with hyphens")
    if not raw["set"]:
        raise BadRule(f"rule {name}: it sets nothing")
    for column in raw["set"]:
        # DuckDB compares names without case.
        if column.casefold() in {c.casefold() for c in UNTOUCHED}:
            raise BadRule(f"rule {name}: no repair ever sets {column}")
        if column not in known:
            raise BadRule(f"rule {name}: it sets {column}, which is no column of FOCUS or of extras")
    if unknown_needs := set(raw.get("needs", ())) - known:
        raise BadRule(f"rule {name}: it needs {', '.join(sorted(unknown_needs))}, which no bill has")
    sql = " ".join((raw.get("first", ""), raw["test"], *raw["set"].values()))
    return Rule(
        id=name,
        version=int(raw["version"]),
        title=raw["title"],
        provider=tuple(raw.get("provider", ())),
        needs=tuple(raw.get("needs", ())),
        first=raw.get("first", "true").strip(),
        test=raw["test"].strip(),
        set={column: value.strip() for column, value in raw["set"].items()},
        clears=bool(raw.get("clears", False)),
        on=bool(raw["on"]),
        why=" ".join(raw["why"].split()),
        reference=raw["reference"],
        codes=tuple(raw.get("codes", ())),
        reads=frozenset(columns_of_sql(sql, known)),
    )


def columns_of_sql(sql: str, known: set[str]) -> set[str]:
    """
    Which of the columns *known* the expression *sql* names.

    >>> sorted(columns_of_sql("ListCost = 0 AND ServiceName <> 'BilledCost'", {"ListCost", "BilledCost"}))
    ['ListCost']
    """
    return known.intersection(_NAME.findall(_TEXT.sub("''", sql)))
