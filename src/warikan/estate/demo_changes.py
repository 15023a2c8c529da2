"""The changes of the demo, with its story's among them, and the labels of its incidents."""

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from warikan.estate.change_desk import ChangeDesk, midnight
from warikan.estate.change_files import write_changes
from warikan.estate.events import HANDOVER, UPGRADE
from warikan.estate.happenings import list_changes
from warikan.estate.incidents import PlantedChange, PlantedIncident
from warikan.estate.meter import MONEY_SCALE
from warikan.estate.random_streams import open_stream
from warikan.estate.simulation import Estate
from warikan.estate.story import cost_of_expiry, label_story, list_story_changes
from warikan.estate.truth import EventCosts

DEPLOYS_A_WEEK = 0.45
"""Of one service: hundreds of changes in all, of which a reader can still see each."""
PLANNED = {UPGRADE: "the production cluster is replaced", HANDOVER: "takes over the rest of the monolith"}
"""Events of the story that people announced."""
INCIDENTS = pa.schema(
    [
        ("id", pa.string()), ("kind", pa.string()), ("service", pa.string()), ("team", pa.string()),
        ("provider", pa.string()), ("sub_account", pa.string()), ("provider_service", pa.string()),
        ("sku_ids", pa.list_(pa.string())), ("onset", pa.timestamp("us", tz="UTC")), ("end", pa.date32()),
        ("currency", pa.string()), ("excess", pa.decimal128(38, MONEY_SCALE)),
        ("share_of_service", pa.float64()), ("guilty_change", pa.string()), ("cause", pa.string()),
        ("cause_ja", pa.string()),
    ]
)  # fmt: skip
"""
One row per incident of the story; *excess* is the EffectiveCost that it added to the last day,
*guilty_change* the event_id of the change in changes/changes.csv that began it, null where none did.
"""


def write_demo_changes(folder: Path, estate: Estate, costs: EventCosts) -> None:
    """Write ``changes/`` and ``truth/incidents.parquet``; *costs* are those of the whole estate."""
    timeline, company, script = estate.timeline, estate.company, estate.script
    guilty = list_story_changes(estate.seed, timeline, company, script)
    innocent = list_changes(estate.seed, timeline, company, deploys_a_week=DEPLOYS_A_WEEK)
    changes = sorted((*innocent, *guilty, *_planned(estate)), key=lambda c: (c.at, c.id))
    write_changes(folder, changes)
    ended = cost_of_expiry(estate.meters["aws"], estate.commitments, timeline, script)
    incidents = label_story(company, script, timeline.until, costs, guilty, ended)
    write_incidents(folder / "truth/incidents.parquet", incidents)


def _planned(estate: Estate) -> Iterable[PlantedChange]:
    desk = ChangeDesk(estate.seed, estate.company, open_stream(estate.seed, "planned"))
    for event_id, title in PLANNED.items():
        event = estate.script.event(event_id)
        service = estate.company.service(event.service)
        yield desk.write(midnight(event.start), "csv", "planned", service, title)


def write_incidents(path: Path, incidents: Iterable[PlantedIncident]) -> None:
    """*incidents* in the schema INCIDENTS."""
    rows = [
        {name: getattr(i, name) for name in INCIDENTS.names}
        | {"onset": i.onset_at, "sku_ids": list(i.sku_ids)}
        for i in incidents
    ]
    pq.write_table(pa.Table.from_pylist(rows, schema=INCIDENTS), path, compression="zstd")
