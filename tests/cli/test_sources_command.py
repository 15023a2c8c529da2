"""``warikan sources``: every column of every form is filled or said why not."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from warikan.catalog.settings import load_settings
from warikan.catalog.tables import NEEDED
from warikan.cli.app import app
from warikan.focus.columns import list_columns
from warikan.ingest.mapping import packaged_mappings
from warikan.ingest.sources.table.source import EXAMPLE, FOLLOWS, table_mapping


def test_all_forms() -> None:
    """One line for each form, with what is proven."""
    result = CliRunner().invoke(app, ["sources", "--json"])
    forms = json.loads(result.stdout)["sources"]
    assert {f["type"] for f in forms} == {"aws_cur", "azure", "gcp", "oci"}
    assert all("BilledCost" in f["proven"] for f in forms)


def test_columns_of_a_form() -> None:
    """Each FOCUS column once a form: with its rule, or with a reason."""
    for source_type in dict.fromkeys(m.source_type for m in packaged_mappings()):
        result = CliRunner().invoke(app, ["sources", source_type, "--json"])
        columns = json.loads(result.stdout)["columns"]
        forms = [m for m in packaged_mappings() if m.source_type == source_type]
        assert len(columns) == sum(len(list_columns(m.focus)) for m in forms)
        assert all(column["how"] for column in columns)


@pytest.mark.parametrize(
    ("source_type", "said"),
    [
        ("ibm", "aws_cur"),
        ("focus", "needs no mapping"),
        ("aws_split", "a type of hours of clusters, not of bills"),
    ],
)
def test_no_such_type(source_type: str, said: str) -> None:
    """It names those that there are, or says what the word means."""
    result = CliRunner().invoke(app, ["sources", source_type])
    assert result.exit_code != 0
    assert said in str(result.exception) + result.output


def test_any_other_table(tmp_path: Path) -> None:
    """What must be said of it comes first; what is said to follow does; the example is a warikan.yaml."""
    document = json.loads(CliRunner().invoke(app, ["sources", "table", "--json"]).stdout)
    filled = {c["column"]: c["filled"] for c in document["columns"]}
    assert [c for c in filled if filled[c] == "must be said"] == list(filled)[:3] == sorted(NEEDED)
    assert {c for c in filled if filled[c] == "follows"} == set(FOLLOWS)
    assert EXAMPLE in document["example"]
    (tmp_path / "warikan.yaml").write_text(EXAMPLE)
    settings = load_settings(tmp_path).sources["datadog"].table
    assert settings is not None
    least = settings.model_copy(update={"columns": {c: settings.columns[c] for c in NEEDED}})
    assert set(table_mapping(least, "datadog").focus_columns) == {*FOLLOWS, *NEEDED}
