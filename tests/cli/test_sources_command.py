"""``warikan sources``: every column of every form is filled or said why not."""

import json

from typer.testing import CliRunner

from warikan.cli.app import app
from warikan.focus.columns import list_columns
from warikan.ingest.mapping import packaged_mappings


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


def test_no_such_type() -> None:
    """It names those that there are."""
    result = CliRunner().invoke(app, ["sources", "ibm"])
    assert result.exit_code != 0
    assert "aws_cur" in str(result.exception) + result.output
