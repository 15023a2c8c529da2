"""The catalogue and the settings are what the product itself accepts."""

from datetime import date

import pyarrow.parquet as pq

from warikan.catalog.clusters import FileUsage
from warikan.catalog.entities import load_catalog
from warikan.catalog.settings import Derived, OwnershipRule, load_settings
from warikan.estate import EstateReport
from warikan.estate.company import load_company


def rule(estate: EstateReport, rule_id: str) -> OwnershipRule:
    """One ownership rule of the estate."""
    return next(r for r in load_settings(estate.folder).ownership.rules if r.id == rule_id)


def test_settings_name_every_source(estate: EstateReport) -> None:
    """warikan.yaml is valid, and its sources match the files that were written."""
    settings = load_settings(estate.folder)
    found = {
        source: {str(p.relative_to(estate.folder)) for p in estate.folder.glob(s.path)}
        for source, s in settings.sources.items()
    }

    assert {s: {f.path for f in estate.files if f.source_id == s} for s in estate.rows_by_source} == found


def test_catalogue_has_services_teams_and_systems(estate: EstateReport) -> None:
    """Backstage entities load; each service has a team and a system that exist."""
    catalog = load_catalog(estate.folder / "catalog")
    company = load_company()

    assert {s.id for s in company.services} == set(catalog.services)
    assert {t.id for t in company.teams} == set(catalog.teams)
    assert {s.id for s in company.systems} == set(catalog.systems)
    assert {s.system for s in company.services} <= set(catalog.systems)
    assert all(s.team_id in catalog.teams for s in catalog.services.values())


def test_services_say_what_they_stand_on(estate: EstateReport) -> None:
    """Checkout stands on the platform and on its neighbours, and all of them are in the catalogue."""
    catalog = load_catalog(estate.folder / "catalog")

    assert {"observability", "payments"} <= set(catalog.services["checkout"].depends_on)
    assert not [note for note in catalog.notes if "depends on" in note]


def test_one_service_changes_its_team(estate: EstateReport) -> None:
    """Fraud detection belongs to data until April, and to payments from then on."""
    service = load_catalog(estate.folder / "catalog").services["fraud-detection"]

    assert [service.team_on(d) for d in (date(2025, 12, 1), date(2026, 3, 31), date(2026, 4, 1))] == [
        "data",
        "data",
        "payments",
    ]


def test_misspellings_are_known_to_the_rules(estate: EstateReport) -> None:
    """The clean-up of tags maps each misspelling to its service, and no spelling to two."""
    derived = rule(estate, "tags").service
    aliases = [(a, s.id) for s in load_company().services for a in s.aliases]

    assert isinstance(derived, Derived)
    assert dict(aliases) == derived.map
    assert len(aliases) == len(dict(aliases))


def test_dated_rules_hand_over_without_a_gap(estate: EstateReport) -> None:
    """The monolith has one owner until a day and the other from that day on."""
    before, after = rule(estate, "monolith-before"), rule(estate, "monolith")

    assert date(2026, 2, 1) == before.until == after.from_


def test_shares_step_down(estate: EstateReport) -> None:
    """A service that gives in one stage receives nothing in that stage or a later one."""
    settings = load_settings(estate.folder)
    services = {s.id for s in load_company().services}
    gone: set[str] = set()
    for stage in sorted({s.stage for s in settings.shares}):
        shares = [s for s in settings.shares if s.stage == stage]
        gone |= {s.source.split("'")[1] for s in shares}
        for share in shares:
            targets = set(share.percent) or set(share.to.services) or services - set(share.to.except_)

            assert targets <= services
            assert not targets & gone, share.id


def test_settings_name_every_cluster(estate: EstateReport) -> None:
    """Each cluster of the nodes has its own hours as files; blue and green are one to whoever uses them."""
    settings = load_settings(estate.folder)
    nodes = pq.read_table(estate.folder / "truth/nodes.parquet", columns=["cluster"])
    logical = {name: cluster.logical for name, cluster in settings.clusters.items()}
    found = set()
    for name, cluster in settings.clusters.items():
        assert isinstance(cluster.usage, FileUsage)
        assert cluster.usage.type == "hours"
        files = set(estate.folder.glob(cluster.usage.path))
        assert {name} == {f.parent.name for f in files}
        found |= files

    assert set(nodes["cluster"].to_pylist()) == set(settings.clusters)
    assert found == set((estate.folder / "usage").rglob("*.parquet"))
    assert {"hinode-prod-blue", "hinode-prod-green"} == {n for n in logical if logical[n] == "hinode-prod"}
