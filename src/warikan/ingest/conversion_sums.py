"""What a native bill's own cost columns add up to beside FOCUS, as data and in words."""

import json
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from warikan.focus.money import EXACT, format_exact

NOTHING = Decimal(0)
_MAX_ACCOUNTS = 50
MAX_SAMPLES = 5
Place = tuple[date | None, str | None]
"""Billing month and currency."""


@dataclass
class Part:
    """Rows of one reason whose native cost is not their FOCUS cost, or that are no charges."""

    rows: int = 0
    native: Decimal = NOTHING
    focus: Decimal = NOTHING
    samples: list[int] = field(default_factory=list)

    def add(self, rows: int, native: Decimal | None, focus: Decimal | None, samples: Sequence[int]) -> None:
        """Count *rows* more."""
        self.rows += rows
        self.native = EXACT.add(self.native, native or NOTHING)
        self.focus = EXACT.add(self.focus, focus or NOTHING)
        self.samples = sorted({*self.samples, *samples})[:MAX_SAMPLES]


@dataclass
class Proof:
    """
    One cost metric of one file, billing month and currency.

    *native* = *focus* + Σ over *skipped*, *rejected* and *by_reason* of (their native − their FOCUS cost).

    Attributes:
        column: What the provider calls it.
        sums: Account → [native, FOCUS], of this file.
        accounts: Accounts whose native and FOCUS sums are equal over all files of the load.
        differing: Account → (native, FOCUS), over all files of the load, where they are not.
        by_reason: Reason → the rows of it that differ one by one, even where they cancel out.
        skipped: Reason → rows that are no charges by the provider's own rules.
    """

    column: str
    native: Decimal = NOTHING
    focus: Decimal = NOTHING
    sums: dict[str, list[Decimal]] = field(default_factory=dict)
    accounts: int = 0
    differing: dict[str, tuple[Decimal, Decimal]] = field(default_factory=dict)
    by_reason: dict[str, Part] = field(default_factory=dict)
    skipped: dict[str, Part] = field(default_factory=dict)
    rejected: Part = field(default_factory=Part)

    @property
    def is_equal(self) -> bool:
        """Whether the provider's sum is the FOCUS sum, to the last digit, for every account."""
        return not self.differing


def merge(proofs: Iterable[Proof]) -> Proof:
    """What the *proofs* of one metric, month and currency, each of a file of a settled load, say together."""
    whole = Proof("")
    for proof in proofs:
        whole.column = proof.column
        whole.native = EXACT.add(whole.native, proof.native)
        whole.focus = EXACT.add(whole.focus, proof.focus)
        whole.differing |= proof.differing
        whole.sums |= proof.sums
        whole.rejected.add(proof.rejected.rows, proof.rejected.native, proof.rejected.focus, ())
        for into, parts in ((whole.by_reason, proof.by_reason), (whole.skipped, proof.skipped)):
            for reason, part in parts.items():
                into.setdefault(reason, Part()).add(part.rows, part.native, part.focus, ())
    whole.accounts = len(whole.sums) - len(whole.differing)
    return whole


def join(one: Proof, other: Proof) -> Proof:
    """Two settled proofs of one metric and file as one, such as of a month and of rows that tell no month."""
    whole = merge([one, other])
    for account in one.differing.keys() | other.differing.keys():
        pairs = [p.differing.get(account) or p.sums.get(account) or (NOTHING, NOTHING) for p in (one, other)]
        native, focus = (EXACT.add(pairs[0][i], pairs[1][i]) for i in (0, 1))
        whole.differing[account] = (native, focus)
    return whole


def describe(metric: str, proof: Proof) -> str:
    """The proof as a sentence."""
    sums = f"{proof.column} {format_exact(proof.native)}, {metric} {format_exact(proof.focus)}"
    told = [
        f"{_rows(part.rows)} ({reason})"
        for reason, part in (*proof.by_reason.items(), *proof.skipped.items())
        if part.native != part.focus
    ]
    if proof.rejected.rows:
        told.append(_rows(proof.rejected.rows, "rejected "))
    if proof.is_equal:
        return f"{sums}: equal to the last digit, by account ({proof.accounts:,})"
    accounts = f"{len(proof.differing):,} of {proof.accounts + len(proof.differing):,} accounts"
    return f"{sums}: {accounts} differ, by {', '.join(told) or 'what other files tell'}"


def _rows(count: int, kind: str = "") -> str:
    return f"{count:,} {kind}{'row' if count == 1 else 'rows'}"


def proof_text(proofs: Dictionary[str, Proof]) -> str | None:
    """The proofs of one file, month and currency as `loads.Conversion` keeps them: JSON, money as text."""
    if not proofs:
        return None
    return json.dumps({metric: proof_document(p) for metric, p in proofs.items()}, separators=(",", ":"))


def proof_document(proof: Proof) -> dict[str, Any]:
    """One proof as JSON has it; money as text."""
    differing = sorted(proof.differing.items())
    document: dict[str, Any] = {
        "column": proof.column,
        "native": format_exact(proof.native),
        "focus": format_exact(proof.focus),
        "equalAccounts": proof.accounts,
        "differingAccounts": len(differing),
        "accounts": {
            account: [format_exact(native), format_exact(focus)]
            for account, (native, focus) in differing[:_MAX_ACCOUNTS]
        },
        "byReason": {reason: _part(part) for reason, part in sorted(proof.by_reason.items())},
        "skipped": {reason: _part(part) for reason, part in sorted(proof.skipped.items())},
    }
    if proof.rejected.rows:
        document["rejected"] = _part(proof.rejected)
    return document


def _part(part: Part) -> dict[str, Any]:
    return {
        "rows": part.rows,
        "native": format_exact(part.native),
        "focus": format_exact(part.focus),
        "sampleRows": part.samples,
    }
