"""Write docs/repairs.md from rules.toml; tests/ingest/repair fails while the file differs."""

from pathlib import Path

from warikan.ingest.repair.rules import Rule, load_rules

DOCS = Path(__file__).parent.parent / "docs" / "repairs.md"
INTRODUCTION = """\
# Repairs

<!-- Written by tools/generate_repairs.py from ingest/repair/rules.toml; edit those instead. -->

Bills break the specification in known ways: Oracle leaves EffectiveCost at zero, Microsoft's contracted costs
are zero where they are not known, Google's view writes `usage` and ends October on its last day. Warikan sets
such things right while it loads a bill, native or FOCUS, by rules that are written down, numbered by version,
and can be switched off one by one.

- **BilledCost is never changed**, nor the currency, nor the tags: a file of rules that sets one is refused.
- **What the bill said is kept**: `x_Repairs` of a charge names the rules that fired on it, in order;
  `x_Extra` has the first value of each changed column as `old.<Column>` (an empty text: it had none).
  `warikan explain` and the charge's page show old and new.
- **No rule that is on makes a cost up.** A missing or zero cost becomes at most another cost of the same row,
  so that it shows no saving instead of a wrong one. What computes a value from prices, or assumes one, is
  off by default.
- **Counted in money**: `loads` has, per file, month and currency, the rows of each rule, their BilledCost,
  and by how much it changed each other cost. See `warikan repairs`, `warikan repairs ID`.
- Rules run in the order below; a later one sees what an earlier one set. Repairing what was repaired changes
  nothing.
- A rule for one provider looks at that provider's rows only: by ProviderName (HostProviderName,
  ServiceProviderName), else by columns that only its export has.

## Switching

```yaml
repairs:
  off: [unit-spelling]          # for all sources
sources:
  azure-ea:
    path: bills/azure/*.parquet
    repairs:
      on: [microsoft-older-names]   # this source's word is the last
```

Which rules are on, and what they do, is part of a load's identity: after a change the next `warikan ingest`
loads the bills anew.

## The rules
"""


def repairs_reference() -> str:
    """The whole page."""
    known = load_rules()
    rows = "\n".join(_row(rule) for rule in known.rules)
    without = "\n".join(f"- `{code}`: {why}" for code, why in known.without.items())
    details = "\n".join(_details(rule) for rule in known.rules)
    on = sum(rule.on for rule in known.rules)
    return (
        f"{INTRODUCTION}\n{len(known.rules)} rules, {on} of them on by default. *Toolkit* is the code of the "
        "same defect in Microsoft's finops-toolkit (`x_SourceChanges`).\n\n"
        "| rule | default | what | provider | sets | toolkit |\n|---|---|---|---|---|---|\n"
        f"{rows}\n\nCodes of the toolkit that need no rule:\n\n{without}\n\n"
        f"## Each in full\n\nColumns named `x_...` are the provider's own; a rule that needs a column which "
        f"the file lacks does not run.\n\n{details}"
    )


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _row(rule: Rule) -> str:
    sets = (
        ", ".join(rule.set)
        if len(rule.set) < 5
        else f"{', '.join(list(rule.set)[:3])} and {len(rule.set) - 3} more"
    )
    cells = (
        f"`{rule.id}`",
        "on" if rule.on else "off",
        _cell(rule.title),
        ", ".join(rule.provider) or "all",
        sets,
        ", ".join(rule.codes),
    )
    return f"| {' | '.join(cells)} |"


def _details(rule: Rule) -> str:
    test = rule.test if rule.first == "true" else f"({rule.first}) AND ({rule.test})"
    sets = "\n".join(f"{column} = {' '.join(value.split())}" for column, value in rule.set.items())
    return (
        f"### {rule.id}\n\n{rule.title}. Version {rule.version}, {'on' if rule.on else 'off'} by default.\n\n"
        f"```sql\nWHEN {' '.join(test.split())}\nSET  {sets.replace(chr(10), chr(10) + '     ')}\n```\n\n"
        f"{rule.why}\n\nSee: {rule.reference}.\n"
    )


if __name__ == "__main__":
    DOCS.write_text(repairs_reference(), encoding="utf-8")
    print(f"wrote {DOCS}")
