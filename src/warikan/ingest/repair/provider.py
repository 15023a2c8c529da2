"""Whose rows a bill has, so that a rule for one provider's is compiled for no other's."""

from collections.abc import Mapping, Sequence

import duckdb

from warikan.ingest.conversion import Companies
from warikan.ingest.relation import literal
from warikan.ingest.repair.layers import Firing, with_names
from warikan.ingest.repair.rules import Rule, Rules, columns_of_sql


class Providers:
    """
    The providers of one bill.

    Attributes:
        term: SQL of a row's provider.
        reads: The columns that it reads.
        names: Company → how the bill spells it; None: whose it is cannot be told.
    """

    def __init__(self, term: str, reads: frozenset[str], names: Mapping[str | None, Sequence[str]]) -> None:
        self.term, self.reads, self._names = term, reads, names

    def firing(self, rule: Rule, columns: Sequence[str]) -> Firing | None:
        """*rule* for the rows that it looks at; None where the bill has none."""
        if not rule.provider:
            return Firing(rule, tuple(columns))
        own = [name for company in rule.provider for name in self._names.get(company, ())]
        if not own:
            return None
        if set(self._names) <= set(rule.provider):
            return Firing(rule, tuple(columns))
        return Firing(rule, tuple(columns), f"_provider IN ({', '.join(map(literal, own))})")


def find_providers(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    columns: Mapping[str, str],
    known: Rules,
    companies: Companies,
) -> Providers:
    """The providers in *relation*: by name, and where a row has none, by columns that only one export has."""
    term = known.named
    found = _distinct(connection, relation, columns, term, known)
    shown = columns_of_sql(known.shown, set(known.extras)) & columns.keys()
    if None in found and shown:
        term = f"coalesce({known.named}, {known.shown})"
        found = _distinct(connection, relation, columns, term, known)
    names: dict[str | None, list[str]] = {}
    for name in found:
        names.setdefault(None if name is None else companies.company_of(name), []).append(name or "")
    return Providers(term, _reads(term, known), names)


def _reads(term: str, known: Rules) -> frozenset[str]:
    focus = {"ProviderName", "HostProviderName", "ServiceProviderName"}
    return frozenset(columns_of_sql(term, {*focus, *known.extras}))


def _distinct(
    connection: duckdb.DuckDBPyConnection, relation: str, columns: Mapping[str, str], term: str, known: Rules
) -> list[str | None]:
    base = with_names(relation, columns, sorted(_reads(term, known)))
    return [row[0] for row in connection.execute(f"SELECT DISTINCT {term} FROM {base} ORDER BY 1").fetchall()]
