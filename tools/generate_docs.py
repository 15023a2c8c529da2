"""
Write docs/cli.md from the commands' --help, and docs/configuration.md from the settings' schema.

``make docs`` runs it; tests/test_docs.py fails while the files differ from what it would write.
"""

from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from typer.testing import CliRunner

from warikan.catalog import (
    anomalies,
    budgets,
    changes,
    clusters,
    currencies,
    incidents,
    jobs,
    notify,
    places,
    repairs,
    reviews,
    settings,
    state,
    tables,
)
from warikan.cli.app import app

DOCS = Path(__file__).parent.parent / "docs"
NOTE = "<!-- Written by `make docs`; edit the help texts instead. -->\n"
CONFIGURATION = """\
# `warikan.yaml`

The settings of a workspace, next to the bills' paths: a file for git.
`warikan doctor` checks it; an unknown field is an error that names it.
The catalogue beside it (`catalog/*.yaml`) holds Backstage entities:
Component (a service), System, Group (a team).

What a service stands on is read from `spec.dependsOn` (`component:…`, or what a `resource:…` stands on) and
`spec.dependencyOf`.

A team that took a service over on a day is written on the Component, and applies from that day:

```yaml
metadata:
  annotations:
    warikan.io/owner-history: "2025-01-01=team-web,2026-04-01=team-discovery"
```
"""


def cli_reference() -> str:
    """Every command with its help, as Markdown."""
    runner = CliRunner(env={"COLUMNS": "100", "TERMINAL_WIDTH": "100", "NO_COLOR": "1"})
    names = [c.callback.__name__ for c in app.registered_commands if c.callback is not None]
    parts = ["# Commands\n", NOTE, _help(runner, [])]
    parts += [f"## {name}\n\n{_help(runner, [name])}" for name in names]
    for group in app.registered_groups:
        name, inner = str(group.name), group.typer_instance
        parts.append(f"## {name}\n\n{_help(runner, [name])}")
        commands = inner.registered_commands if inner is not None else []
        told = [c.name or (c.callback.__name__ if c.callback is not None else "") for c in commands]
        parts += [f"### {name} {one}\n\n{_help(runner, [name, one])}" for one in told]
    return "\n".join(parts)


def _help(runner: CliRunner, arguments: list[str]) -> str:
    result = runner.invoke(app, [*arguments, "--help"], prog_name="warikan")
    if result.exit_code != 0:
        raise SystemExit(f"warikan {' '.join(arguments)} --help failed: {result.output}")
    return f"```\n{result.output.strip()}\n```\n"


def configuration_reference() -> str:
    """Every setting with its type, default and meaning, as Markdown."""
    models: list[tuple[str, type[BaseModel]]] = [
        ("Top level", settings.Settings),
        ("A source", settings.SourceSettings),
        ("tags", settings.TagSettings),
        ("A cluster of `clusters`", clusters.ClusterSettings),
        ("`usage` of type prometheus", clusters.PrometheusUsage),
        ("`usage` of files", clusters.FileUsage),
        ("`usage` of type opencost_api", clusters.OpenCostUsage),
        ("`weights` of a cluster", clusters.ResourceWeights),
        ("`table` of a source", tables.TableSettings),
        ("A column of `table`", tables.Cell),
        ("`place` of a source", places.PlaceSettings),
        ("`places`", places.PlaceLimits),
        ("`repairs`", repairs.RepairSettings),
        ("`currencies`", currencies.CurrencySettings),
        ("`rates` of `currencies`", currencies.RateSettings),
        ("A rule of `ownership.rules`", settings.OwnershipRule),
        ("A derived value (`service`, `environment`)", settings.Derived),
        ("A share of `shares`", settings.Share),
        ("`to` of a share", settings.ShareTargets),
        ("anomalies", anomalies.AnomalySettings),
        ("Thresholds of a team in `anomalies.teams`", anomalies.Threshold),
        ("A planned event of `anomalies.planned`", anomalies.PlannedSettings),
        ("A budget of `budgets`", budgets.BudgetSettings),
        ("`burn` of a budget", budgets.BurnSettings),
        ("changes", changes.ChangesSettings),
        ("A source of `changes.sources`", changes.ChangeSource),
        ("incidents", incidents.IncidentSettings),
        ("A severity's money in `incidents`", incidents.SeverityMoney),
        ("A severity's share in `incidents`", incidents.SeverityShare),
        ("A tracker of `incidents.trackers`", incidents.TrackerSettings),
        ("reviews", reviews.ReviewSettings),
        ("notify", notify.NotifySettings),
        ("A channel of type slack", notify.SlackChannel),
        ("A channel of type pagerduty", notify.PagerDutyChannel),
        ("A channel of type alertmanager", notify.AlertmanagerChannel),
        ("A channel of type webhook", notify.WebhookChannel),
        ("A channel of type email", notify.EmailChannel),
        ("A route of `notify.routes`", notify.Route),
        ("`owners` of `notify`", notify.Owners),
        ("`quiet_hours` of `notify`", notify.QuietHours),
        ("`digest` of `notify`", notify.DigestSettings),
        ("jobs", jobs.JobSettings),
        ("state", state.StateSettings),
    ]
    return "\n".join([CONFIGURATION, NOTE, *(_section(title, model) for title, model in models)])


def _section(title: str, model: type[BaseModel]) -> str:
    about = " ".join((model.__doc__ or "").split())
    lines = [f"## {title}\n", f"{about}\n", "| field | type | default | meaning |", "|---|---|---|---|"]
    for name, field in model.model_fields.items():
        default = "required" if field.is_required() else f"`{_default(field.default)}`"
        meaning = (field.description or "").replace("|", "\\|")
        lines.append(f"| `{field.alias or name}` | {_type(field.annotation)} | {default} | {meaning} |")
    return "\n".join(lines) + "\n"


def _default(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return str(value) or '""'
    return "[]" if isinstance(value, tuple) else "{}"


def _type(annotation: Any) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return " or ".join(f"`{a}`" for a in arguments)
    if origin in (Union, UnionType):
        return " or ".join(dict.fromkeys(_type(a) for a in arguments if a is not type(None)))
    if origin is tuple:
        return f"list of {_type(arguments[0])}"
    if origin is dict:
        return f"map of {_type(arguments[0])} to {_type(arguments[1])}"
    if origin is not None and arguments:
        return _type(arguments[0])
    names = {
        str: "text",
        int: "integer",
        float: "number",
        bool: "true or false",
        settings.Derived: "a derived value",
        settings.SourceSettings: "a source",
        settings.Share: "a share",
        clusters.ClusterSettings: "a cluster",
        clusters.ResourceWeights: "weights",
        clusters.PrometheusUsage: "a usage",
        clusters.FileUsage: "a usage",
        clusters.OpenCostUsage: "a usage",
    }
    return names.get(annotation, str(getattr(annotation, "__name__", annotation)).lower())


def documents() -> dict[Path, str]:
    """Path → what it should say."""
    return {DOCS / "cli.md": cli_reference(), DOCS / "configuration.md": configuration_reference()}


if __name__ == "__main__":
    for path, text in documents().items():
        path.write_text(text, encoding="utf-8")
        print(path)
