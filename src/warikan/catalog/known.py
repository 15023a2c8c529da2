"""Names that a person gives, held against the catalogue: a misspelt one must not quietly mean nothing."""

import difflib
from collections.abc import Collection

from warikan.catalog.entities import Catalog
from warikan.focus.errors import UsageError


def require_known(
    catalog: Catalog, *, service: str | None = None, team: str | None = None, where: str = ""
) -> None:
    """
    Refuse a service or a team that the catalogue does not have; None is none.

    Raises:
        UsageError: it names the closest; *where* stands in front.
    """
    _require(service, "service", catalog.services, where)
    _require(team, "team", catalog.teams, where)


def _require(name: str | None, what: str, known: Collection[str], where: str) -> None:
    if name is None or name in known:
        return
    near = difflib.get_close_matches(name[:80].lower(), known, n=1)
    listed = ", ".join(list(known)[:20]) + (" ..." if len(known) > 20 else "")
    hint = f"did you mean {near[0]}?" if near else f"there is: {listed}" if known else "it has none"
    place = f"{where}: " if where else ""
    raise UsageError(f"{place}there is no {what} {name[:80]!r} in the catalogue", hint=hint)
