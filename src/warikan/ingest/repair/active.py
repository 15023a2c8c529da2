"""Which repairs are on for a source, and the short string that says so in a load's identity."""

import hashlib
from collections.abc import Sequence

from warikan.catalog.repairs import RepairSettings
from warikan.focus.errors import ConfigError
from warikan.ingest.repair.plan import macros
from warikan.ingest.repair.rules import Rule, load_rules


def active_rules(
    overall: RepairSettings, source: RepairSettings | None = None, *, rules: Sequence[Rule] | None = None
) -> tuple[Rule, ...]:
    """
    The rules that run, in their order: the defaults, then ``repairs`` of warikan.yaml, then the source's own.

    Raises:
        ConfigError: there is no repair of an id that is switched.
    """
    known = load_rules().rules if rules is None else tuple(rules)
    on = {rule.id: rule.on for rule in known}
    for switched in (overall, source or RepairSettings()):
        for name in (*switched.on, *switched.off):
            if name not in on:
                raise ConfigError(
                    f"repairs: there is no repair {name!r}", hint="`warikan repairs` lists them all"
                )
        on |= dict.fromkeys(switched.on, True) | dict.fromkeys(switched.off, False)
    return tuple(rule for rule in known if on[rule.id])


def repairs_form(rules: Sequence[Rule]) -> str:
    """What of *rules* decides what is stored: when it changes, bills are loaded anew."""
    if not rules:
        return "repairs none"
    said = "\n".join(line for line in macros().splitlines() if not line.startswith("--"))
    text = "\n\n".join((said, *(rule.identity for rule in rules)))
    return f"repairs {hashlib.sha256(text.encode()).hexdigest()[:12]}"
