"""``warikan doctor`` finds names that mean nobody, in everything that people act on."""

from warikan.catalog.entities import Catalog
from warikan.catalog.settings import Settings
from warikan.operate.lint import lint_operations

TOLD = {
    "currency": "USD",
    "budgets": {"one": {"team": "nope", "amount": "1"}, "two": {"service": "gone", "amount": "1"}},
    "anomalies": {
        "teams": {"nobody": {"share": 0.1}},
        "planned": [{"title": "move", "service": "lost", "from": "2026-12-01", "kind": "factor", "value": 2}],
    },
    "notify": {"routes": [{"teams": ["ghost"], "channels": []}]},
}


def test_every_unknown_name_is_told_with_its_place() -> None:
    """One sentence each; none where nothing is named."""
    nobody = Catalog(services={}, teams={})

    assert lint_operations(Settings.model_validate(TOLD), nobody) == (
        "budgets.one: 'nope' is no team of the catalogue",
        "budgets.two: 'gone' is no service of the catalogue",
        "anomalies.teams: 'nobody' is no team of the catalogue",
        "anomalies.planned, number 1: 'lost' is no service of the catalogue",
        "notify.routes, number 1: 'ghost' is no team of the catalogue",
    )
    assert lint_operations(Settings.model_validate({"currency": "USD"}), nobody) == ()
