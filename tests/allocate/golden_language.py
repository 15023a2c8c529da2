"""
Golden cases: a bill, rules and what each service pays, as text. A bug report can be pasted as one.

    service checkout [team payments] [2026-09-10=other-team]
    charge 10.00 USD [2026-09-01[..2026-10-01]] [ServiceName=EC2] [Tags.team=checkout]
    rule {id: by-tag, service: {from: "Tags['team']"}}
    share {id: evenly, source: "x_ServiceId = 'platform'", method: even}
    expect checkout 10.00 USD [x_TeamId=payments] [x_AllocationClass=direct]
    error part of the message

Every (service, currency) must be expected; `nobody` is what no rule claims. With further words a line
expects the sum of the slices that have these values, beside the others. `#` starts a comment.
"""

import shlex
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from bills import charge

from warikan.catalog.entities import Catalog, Service
from warikan.catalog.settings import Settings


@dataclass
class Case:
    """One case; *expected* is (service, currency, other values) → amount."""

    services: dict[str, Service] = field(default_factory=dict)
    charges: list[dict[str, Any]] = field(default_factory=list)
    rules: list[Any] = field(default_factory=list)
    shares: list[Any] = field(default_factory=list)
    expected: dict[tuple[str | None, str, tuple[tuple[str, str], ...]], Decimal] = field(default_factory=dict)
    error: str | None = None

    def settings(self) -> Settings:
        """The rules and shares of the case."""
        return Settings.model_validate({"ownership": {"rules": self.rules}, "shares": self.shares})

    def catalog(self) -> Catalog:
        """Its services."""
        return Catalog(services=dict(sorted(self.services.items())))


def load_case(path: Path) -> Case:
    """Read one file."""
    case = Case()
    for line in path.read_text(encoding="utf-8").splitlines():
        kind, _, rest = line.partition(" ")
        if kind in ("rule", "share"):
            (case.rules if kind == "rule" else case.shares).append(yaml.safe_load(rest))
        elif kind == "error":
            case.error = rest
        elif kind and not kind.startswith("#"):
            {"service": _service, "charge": _charge, "expect": _expect}[kind](
                case, shlex.split(rest, comments=True)
            )
    return case


def _service(case: Case, words: list[str]) -> None:
    name, *rest = words
    history = [w.split("=") for w in rest if "=" in w]
    team = rest[rest.index("team") + 1] if "team" in rest else None
    case.services[name] = Service(
        name, name, team_id=team, owner_history=tuple((date.fromisoformat(d), t) for d, t in history)
    )


def _charge(case: Case, words: list[str]) -> None:
    amount, currency, *rest = words
    values = dict(w.split("=", 1) for w in rest if "=" in w)
    first, _, end = next((w for w in rest if "=" not in w), "2026-09-01").partition("..")
    start = date.fromisoformat(first)
    days = (date.fromisoformat(end) - start) if end else timedelta(days=1)
    tags = {k.removeprefix("Tags."): values.pop(k) for k in list(values) if k.startswith("Tags.")}
    case.charges.append(charge(amount, day=start, days=days.days, currency=currency, Tags=tags, **values))


def _expect(case: Case, words: list[str]) -> None:
    name, amount, currency, *rest = words
    values = tuple((k, v) for k, v in (w.split("=", 1) for w in rest))
    case.expected[None if name == "nobody" else name, currency, values] = Decimal(amount)
