"""What would give most of the unallocated cost an owner: rules to copy, ranked by money."""

import json
import re
from dataclasses import dataclass

from warikan.allocate.suggest import Suggestion
from warikan.web.bounds import MAX_TITLE, is_linkable, shorten
from warikan.web.display import Amount
from warikan.web.narrowing import narrow
from warikan.web.state import ViewState
from warikan.web.visit import Visit

MAX_SUGGESTIONS = 20


@dataclass(frozen=True)
class Proposal:
    """
    One rule that could be added.

    Attributes:
        rule: The lines for ``warikan.yaml``; None, as *href*, where its value is too long for them.
        service: The service of the catalogue that is near; None when a person must choose.
        href: The cost it would claim.
    """

    label: str
    when: str
    amount: Amount
    percent: str
    width: float
    charges: str
    service: str | None
    rule: str | None
    href: str | None


def load_proposals(visit: Visit) -> tuple[Proposal, ...]:
    """The largest first, over all months; they overlap, since a charge has an account and tags."""
    return tuple(_proposal(one, visit) for one in visit.workspace.suggestions(limit=MAX_SUGGESTIONS))


def unallocated_view(visit: Visit, when: str | None = None) -> str:
    """The unallocated cost, or the part of it that *when* matches."""
    where = narrow(when, visit.schema, "x_AllocationClass", "unallocated")
    return ViewState(by=("ServiceName", "SubAccountId"), where=where, period="all").url()


def _proposal(one: Suggestion, visit: Visit) -> Proposal:
    currency, short = one.currency or "", is_linkable(one.value)
    return Proposal(
        label=f"{visit.column(one.column)}: {shorten(one.value)}",
        when=shorten(one.when, MAX_TITLE),
        amount=visit.display.money(one.cost, currency),
        percent=visit.display.percent(one.ratio),
        width=min(abs(one.ratio), 1.0) * 100,
        charges=visit.display.number(one.charges),
        service=visit.value("x_ServiceId", one.service_id) if one.service_id else None,
        rule=_rule(one) if short else None,
        href=unallocated_view(visit, one.when) if short else None,
    )


def _rule(one: Suggestion) -> str:
    """As it stands in ``warikan.yaml`` under ownership.rules; JSON strings are YAML strings."""
    slug = re.sub(r"[^a-z0-9]+", "-", one.value.lower()).strip("-")[:48].strip("-") or "rule"
    service = one.service_id or "SERVICE"
    when = json.dumps(one.when, ensure_ascii=False)
    return f"    - id: {slug}\n      when: {when}\n      service: {service}\n"
