"""``warikan.yaml``: what is checked before anything runs."""

import json
from pathlib import Path

import pytest

from warikan.catalog.settings import Settings, json_schema, load_settings
from warikan.focus.errors import ConfigError


def _load(folder: Path, text: str) -> Settings:
    (folder / "warikan.yaml").write_text(text, encoding="utf-8")
    return load_settings(folder)


def test_an_empty_file_is_all_defaults(tmp_path: Path) -> None:
    """A workspace needs no settings."""
    assert Settings() == _load(tmp_path, "")


def test_a_rule_may_name_one_source_or_several(tmp_path: Path) -> None:
    """``from: a`` is ``from: [a]``."""
    rule = "ownership: {rules: [{id: r, service: {from: %s}}]}"

    assert _load(tmp_path, rule % "ServiceName") == _load(tmp_path, rule % "[ServiceName]")


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("colour: red", "colour: there is no such setting"),
        ("fiscal_year_start: 13", "fiscal_year_start"),
        (
            "sources: {a: {path: x, allow_overlap: b}}",
            "sources.a.allow_overlap: must be a list: [one, another]",
        ),
        ("sources: {a: 1}", "sources.a: must be settings: {name: value}"),
        ("sources: [a]", "sources: must be names with values: {name: value}"),
        ("sources: {AWS!: {path: x}}", "sources.AWS!"),
        ("ownership: {rules: [{id: r, service: a}, {id: r, service: b}]}", "used twice: r"),
        ("shares: [{id: s, source: x, method: fixed, percent: {a: 50}}]", "sum to exactly 100"),
        ("shares: [{id: s, source: x, method: fixed, percent: {a: 101, b: -1}}]", "sum to exactly 100"),
        ("shares: [{id: s, source: x, method: even, percent: {a: 100}}]", "percent goes with method: fixed"),
        ("shares: [{id: s, source: x, method: even, metric: Cost}]", "metric must be one of BilledCost"),
        ("shares: [{id: s, source: x, method: reciprocal}]", "'even', 'fixed' or 'proportional'"),
        ("clusters: {a: {names: [Shop]}, shop: {}}", "a and shop are both called 'shop' on the bill"),
        ("a: [", "is not valid YAML"),
        ("- a", "warikan.yaml: top level"),
    ],
)
def test_a_wrong_field_is_named(tmp_path: Path, text: str, part: str) -> None:
    """The message has the file and the path of the field."""
    with pytest.raises(ConfigError) as raised:
        _load(tmp_path, text)

    assert part in raised.value.message


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    """The hint is the command."""
    with pytest.raises(ConfigError, match="is missing") as raised:
        load_settings(tmp_path)

    assert raised.value.hint == "warikan init PATH"


def test_the_schema_describes_every_field_by_its_yaml_name() -> None:
    """Editors are told ``from``, not ``from_``; the schema is JSON."""
    schema = json_schema()

    assert {"from", "trim", "lower", "match", "map"} == set(schema["$defs"]["Derived"]["properties"])
    assert set(Settings.model_fields) == set(schema["properties"])
    assert schema == json.loads(json.dumps(schema))
