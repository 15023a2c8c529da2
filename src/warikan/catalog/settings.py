"""``warikan.yaml``: sources, tags, ownership rules and shares, as checked data."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import Field, ValidationError, field_validator, model_validator

from warikan.catalog.anomalies import AnomalySettings
from warikan.catalog.budgets import BudgetTree
from warikan.catalog.changes import ChangesSettings
from warikan.catalog.clusters import ClusterSettings
from warikan.catalog.currencies import CurrencySettings
from warikan.catalog.incidents import IncidentSettings
from warikan.catalog.jobs import JobSettings
from warikan.catalog.notify import NotifySettings
from warikan.catalog.places import PlaceLimits, PlaceSettings
from warikan.catalog.repairs import RepairSettings
from warikan.catalog.reviews import ReviewSettings
from warikan.catalog.state import StateSettings
from warikan.catalog.strict import Identifier, Strict
from warikan.catalog.tables import TableSettings
from warikan.focus.columns import COST_METRICS, DEFAULT_METRIC
from warikan.focus.errors import ConfigError, NoWorkspace

FILE_NAME = "warikan.yaml"
_WORDS = {
    "extra_forbidden": "there is no such setting",
    "tuple_type": "must be a list: [one, another]",
    "dict_type": "must be names with values: {name: value}",
    "model_type": "must be settings: {name: value}",
    "model_attributes_type": "must be settings: {name: value}",
}
"""What a person who writes YAML is told, where pydantic would speak of Python."""
SourceType = Literal["auto", "focus", "aws_cur", "azure", "gcp", "oci", "table"]


class SourceSettings(Strict):
    """One export: all its files of a billing period belong together and replace each other."""

    type: SourceType = Field("auto", description="What the files are; auto: told by their headers.")
    path: str = Field(
        description="A file, a folder or a glob, relative to the workspace.",
        examples=["bills/aws/*.csv.gz"],
    )
    repairs: RepairSettings = Field(
        RepairSettings(), description="Repairs that differ for this source from those of all."
    )
    allow_overlap: tuple[Annotated[str, Field(max_length=2000)], ...] = Field(
        (), max_length=100, description="Sources it may overlap with; its own name: its files may."
    )
    final_after: int | None = Field(
        None, ge=0, le=90, description="Days after a month until it is final; absent: the provider's."
    )
    place: PlaceSettings = Field(PlaceSettings(), description="How its object store is reached.")
    table: TableSettings | None = Field(None, description="With type table: how its rows become charges.")

    @model_validator(mode="after")
    def _table_says_how(self) -> Self:
        if (self.type == "table") != (self.table is not None):
            raise ValueError("type: table and table: go together")
        return self


class TagSettings(Strict):
    """Which tag keys become real columns (``x_Tag_<key>``) at load: faster filters on them."""

    promote: tuple[str, ...] = Field(
        (), max_length=64, examples=[("team", "env")], description="Tag keys; load again after a change."
    )


class Derived(Strict):
    """
    A value taken from the charge: the first of *from* that is not empty, cleaned up.

    The steps run in this order: trim, lower, match (first capture group; no match is no value), map.
    """

    from_: tuple[str, ...] = Field(
        alias="from", min_length=1, description="Columns or Tags['key'], first non-empty wins."
    )
    trim: bool = Field(default=True, description="Cut white space at both ends.")
    lower: bool = Field(default=True, description="In lower case.")
    match: str | None = Field(None, max_length=500, description="Regex (RE2) with one group.")
    map: dict[str, str] = Field({}, description="Cleaned value → value to use.")

    @field_validator("from_", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value


class OwnershipRule(Strict):
    """
    One ordered rule: charges that match *when* belong to *service*.

    The first rule that matches **and** yields a service of the catalogue wins. A rule whose derived
    value is no service of the catalogue does not claim the charge: it is looked at by later rules
    and stays unallocated when none claims it.
    """

    id: Identifier = Field(description="Unique; shown wherever the rule placed a cost.")
    when: str | None = Field(None, description="A filter; absent matches every charge.")
    service: str | Derived = Field(description="A service of the catalogue, or where to take it from.")
    environment: str | Derived | None = Field(None, description="For example prod; fixed or derived.")
    from_: date | None = Field(None, alias="from", description="First charge day it applies to.")
    until: date | None = Field(None, description="First charge day it no longer applies to.")
    note: str | None = Field(None, description="Shown in explain: why this rule is right.")


class ShareTargets(Strict):
    """Who receives: named services, or all services but those given."""

    services: tuple[str, ...] = Field((), description="Only these; empty means all but *except*.")
    except_: tuple[str, ...] = Field((), alias="except", description="All but these.")


class Share(Strict):
    """
    One share: the cost of *source* is given to *to*, per day, by *method*.

    Stages run in ascending order; a service that is a source in a stage is never a target in that
    stage or a later one (step-down; the linter refuses it).
    """

    id: Identifier = Field(description="Unique; shown wherever the share moved a cost.")
    stage: int = Field(1, ge=1, le=99, description="Stages run in ascending order.")
    source: str = Field(description="A filter over owned charges, e.g. x_ServiceId = 'platform'.")
    to: ShareTargets = Field(ShareTargets(), description="Who receives; absent means all services.")
    method: Literal["even", "fixed", "proportional"] = Field(description="How the parts are found.")
    percent: dict[str, Decimal] = Field({}, description="fixed: service → percent; sums to 100.")
    metric: str = Field(DEFAULT_METRIC, description="proportional: the targets' cost metric.")
    currency: str | None = Field(
        None, description="proportional: weigh by the targets' cost in this currency instead."
    )
    note: str | None = Field(None, description="Shown in explain: why this share is right.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.metric not in COST_METRICS:
            raise ValueError(f"metric must be one of {', '.join(COST_METRICS)}")
        if self.method == "fixed":
            if sum(self.percent.values()) != 100 or any(p <= 0 for p in self.percent.values()):
                raise ValueError("fixed needs positive percent values that sum to exactly 100")
        elif self.percent:
            raise ValueError("percent goes with method: fixed")
        return self


class Ownership(Strict):
    """The ordered ownership rules."""

    rules: tuple[OwnershipRule, ...] = Field((), description="Of charges: first match wins.")
    workloads: tuple[OwnershipRule, ...] | None = Field(
        None,
        description="Of what runs in clusters, by x_ClusterId, x_Namespace, x_WorkloadKind, x_Workload, "
        "x_Container, x_Labels['key']; absent: the built-in ones (docs/clusters.md).",
    )


class Settings(Strict):
    """The whole of ``warikan.yaml``."""

    version: Literal[1] = Field(default=1, description="Of this file's form.")
    name: str = Field("", description="The organisation, shown in the page's header.")
    currency: str | None = Field(None, description="The currency a view opens with.")
    currencies: CurrencySettings = Field(CurrencySettings(), description="Amounts in another currency.")
    fiscal_year_start: int = Field(1, ge=1, le=12, description="Month; 4 in most of Japan.")
    sources: dict[Identifier, SourceSettings] = Field({}, description="Name → where its bills are.")
    repairs: RepairSettings = Field(RepairSettings(), description="Repairs of bills: on or off.")
    places: PlaceLimits = Field(PlaceLimits(), description="Room for what is fetched from object stores.")
    tags: TagSettings = Field(TagSettings(), description="See below.")
    catalog: str = Field("catalog", description="Folder of the Backstage entities.")
    clusters: dict[Identifier, ClusterSettings] = Field({}, description="Kubernetes clusters by their id.")
    ownership: Ownership = Field(Ownership(), description="`rules`: the ordered ownership rules.")
    shares: tuple[Share, ...] = Field((), description="How shared cost is split.")
    anomalies: AnomalySettings = Field(AnomalySettings(), description="What counts as unexpected.")
    budgets: BudgetTree = Field({}, description="What may be spent, by the budget's id.")
    changes: ChangesSettings = Field(ChangesSettings(), description="What happened to services: who tells.")
    incidents: IncidentSettings = Field(IncidentSettings(), description="How severe, and by when.")
    reviews: ReviewSettings = Field(ReviewSettings(), description="Their language and deadlines.")
    notify: NotifySettings = Field(NotifySettings(), description="Who is told, and how.")
    jobs: JobSettings = Field(JobSettings(), description="What runs by itself, and when.")
    state: StateSettings = Field(StateSettings(), description="The database of what people and jobs change.")

    @model_validator(mode="after")
    def _unique_cluster_names(self) -> Self:
        owner: dict[str, str] = {}
        for key, cluster in self.clusters.items():
            for name in dict.fromkeys(n.lower() for n in (key, *cluster.names)):
                if owner.setdefault(name, key) != key:
                    raise ValueError(f"clusters {owner[name]} and {key} are both called {name!r} on the bill")
        return self

    @model_validator(mode="after")
    def _unique_ids(self) -> Self:
        rules = (*self.ownership.rules, *(self.ownership.workloads or ()))
        ids = [r.id for r in rules] + [s.id for s in self.shares]
        twice = sorted({i for i in ids if ids.count(i) > 1})
        if twice:
            raise ValueError(f"rule ids must be unique; used twice: {', '.join(twice)}")
        return self


def json_schema() -> dict[str, Any]:
    """The JSON Schema of ``warikan.yaml``, for editors (``# yaml-language-server: $schema=...``)."""
    schema = Settings.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "warikan.yaml"} | schema


def load_settings(folder: Path) -> Settings:
    """
    Read ``warikan.yaml`` of the workspace *folder*.

    Raises:
        ConfigError: the file is missing, not YAML, or has a wrong or unknown field; the message
            names the field.
    """
    path = folder / FILE_NAME
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        return Settings.model_validate(raw if raw is not None else {})
    except FileNotFoundError as error:
        raise ConfigError(f"{path} is missing", hint="warikan init PATH") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid YAML: {error}") from error
    except ValidationError as error:
        lines = [
            f"{path.name}: {'.'.join(str(p) for p in e['loc']) or 'top level'}: "
            f"{_WORDS.get(e['type'], e['msg'])}"
            for e in error.errors()
        ]
        raise ConfigError("\n".join(lines), hint="docs/configuration.md has every setting") from error


def find_workspace(start: Path) -> Path:
    """
    The nearest folder with a ``warikan.yaml``: *start* or one above it.

    Raises:
        NoWorkspace: there is none.
    """
    for folder in (start, *start.parents):
        if (folder / FILE_NAME).is_file():
            return folder
    raise NoWorkspace(
        f"no {FILE_NAME} in {start} or above it", hint="warikan init PATH, or warikan demo to see one"
    )
