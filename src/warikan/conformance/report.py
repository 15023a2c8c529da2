"""What a check of a bill against FOCUS found."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from warikan.conformance.rules import Level, Rule
from warikan.focus.money import EXACT

Outcome = Literal["passed", "failed", "not applicable", "dynamic"]


@dataclass(frozen=True)
class Share:
    """
    Spend of the rows that break a rule, in one currency: the sum of the sizes of their costs.

    Attributes:
        currency: An ISO 4217 code, or empty for rows without one.
    """

    currency: str
    failed: Decimal
    total: Decimal

    @property
    def share(self) -> Decimal:
        """From 0 to 1; 0 where nothing was spent."""
        return EXACT.divide(self.failed, self.total) if self.total else Decimal(0)


@dataclass(frozen=True)
class Sample:
    """A row that breaks a rule: its place (the first data row is 1) and the values that the rule looks at."""

    file: str
    row: int
    values: tuple[tuple[str, str | None], ...]


@dataclass(frozen=True)
class RuleResult:
    """
    What became of one rule.

    Attributes:
        why: For a rule that was not evaluated, why not; for one made of others, which of them failed.
        asked: Rows that the rule speaks of; None for rules about the header and rules made of others.
        failed: Those that break it.
        spend: What they cost, by currency.
        samples: Some of them.
        repeats: Of a failed rule: others that fail and say all that it says (repeats.py).
    """

    rule: Rule
    says: str
    columns: tuple[str, ...]
    outcome: Outcome
    why: str = ""
    asked: int | None = None
    failed: int = 0
    spend: tuple[Share, ...] = ()
    samples: tuple[Sample, ...] = ()
    repeats: tuple[str, ...] = ()

    @property
    def is_leaf(self) -> bool:
        """Whether it is about rows or columns, and not made of other rules."""
        return not self.rule.made_of

    def share_of(self, rows: int) -> Decimal:
        """
        The largest share that fails: of the spend in any currency, or of all *rows*.

        A column that should be there and is not fails whole.
        """
        if self.outcome != "failed":
            return Decimal(0)
        if self.asked is None:
            return Decimal(1)
        of_rows = EXACT.divide(Decimal(self.failed), Decimal(rows)) if rows else Decimal(0)
        return max([of_rows, *(s.share for s in self.spend)])


@dataclass(frozen=True)
class Criterion:
    """
    Something that a provider supports or not, on which rules depend.

    Attributes:
        is_given: Whether a person said so; else the data did.
    """

    id: str
    is_on: bool
    is_given: bool


@dataclass(frozen=True)
class ConformanceReport:
    """
    One bill against one version of FOCUS.

    Attributes:
        model: The published requirement model, e.g. ``1.2.0.1``, or ``columns``.
        cost: The column whose sizes are the spend; None where the bill has no cost.
        broken: Lines that could not be read as rows.
        unweighed: Rows whose cost is there and no number: they are in no share of the spend.
        unweighed_samples: Some of them, with that cost.
        passed_over: Files of what was given that were not checked → why.
    """

    files: tuple[str, ...]
    dataset: str
    version: str
    model: str
    rows: int
    broken: int
    cost: str | None
    spend: tuple[Share, ...]
    criteria: tuple[Criterion, ...]
    results: tuple[RuleResult, ...]
    unweighed: int = 0
    unweighed_samples: tuple[Sample, ...] = ()
    passed_over: tuple[tuple[str, str], ...] = ()

    def counts(self) -> Mapping[Outcome, int]:
        """How many rules came out how."""
        found: dict[Outcome, int] = {"passed": 0, "failed": 0, "not applicable": 0, "dynamic": 0}
        for result in self.results:
            found[result.outcome] += 1
        return found

    def failures(self, level: Level = "should", *, with_repeats: bool = True) -> Iterator[RuleResult]:
        """
        The failed rules about rows and columns, worst first: MUST alone, or SHOULD too.

        Rules made of others fail with them and are left out; without *with_repeats* also those that only say
        again what others say.
        """
        levels = ("must",) if level == "must" else ("must", "should")
        leaves = [r for r in self.results if r.is_leaf and (with_repeats or not r.repeats)]
        failed = [r for r in leaves if r.outcome == "failed" and r.rule.level in levels]
        order = {"must": 0, "should": 1, "may": 2}
        yield from sorted(failed, key=lambda r: (order[r.rule.level], -r.share_of(self.rows), r.rule.id))

    def breaches(self, threshold: Decimal = Decimal(0), *, level: Level = "must") -> tuple[RuleResult, ...]:
        """The MUST rules (or SHOULD too) that fail for more than *threshold* of the spend or of the rows."""
        return tuple(r for r in self.failures(level) if r.share_of(self.rows) > threshold)
