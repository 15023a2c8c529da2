"""Tables of clusters: replaced a cluster and day at a time."""

from datetime import date
from pathlib import Path

import pytest

from warikan.engine.connection import connect
from warikan.focus.errors import LakeError
from warikan.lake import Lake, Unit, table_spec
from warikan.lake.schema import duckdb_type
from warikan.lake.snapshots import Snapshots

TABLE = "kubernetes_node_hours"
MONDAY, TUESDAY = date(2026, 11, 9), date(2026, 11, 10)


def write(lake: Lake, cluster: str, *hours: str) -> Path:
    """A file of TABLE with one node that was up in each of *hours* (UTC)."""
    own = {"x_ClusterId": f"'{cluster}'", "Hour": "h::TIMESTAMPTZ", "NodeUid": "'n1'", "UpSeconds": "3600"}
    columns = ", ".join(
        f"{own.get(f['name'], 'NULL')}::{duckdb_type(f)} AS {f['name']}"
        for f in lake._snapshots.state(TABLE).fields
    )
    values = ", ".join(f"('{hour}:00+00')" for hour in hours)
    path = lake.new_file(TABLE)
    with connect(lake.temp) as connection:
        lake.copy(connection, f"SELECT {columns} FROM (VALUES {values}) t(h)", TABLE, path)
    return path


def days(lake: Lake) -> list[tuple[str | None, date | None, int]]:
    """Cluster, day and rows of each file."""
    return [(f.source_id, f.start, f.rows) for f in lake.data_files(TABLE)]


def test_a_day_of_a_cluster_is_replaced_alone(tmp_path: Path) -> None:
    """The other days and clusters stay; the manifests say the same as the plan that we keep beside them."""
    lake = Lake.open(tmp_path)
    with lake.writing():
        files = [
            write(lake, "blue", "2026-11-09 00:00", "2026-11-09 23:00"),
            write(lake, "blue", "2026-11-10 00:00"),
            write(lake, "green", "2026-11-10 05:00"),
        ]
        units = {Unit("blue", MONDAY), Unit("blue", TUESDAY), Unit("green", TUESDAY)}
        lake.replace(TABLE, units, files)
    with lake.writing():
        again = write(lake, "blue", "2026-11-10 00:00", "2026-11-10 01:00", "2026-11-10 02:00")
        lake.replace(TABLE, {Unit("blue", TUESDAY)}, [again])

    assert days(lake) == [("blue", MONDAY, 2), ("blue", TUESDAY, 3), ("green", TUESDAY, 1)]
    assert lake.data_files(TABLE, between=(TUESDAY, date(2026, 11, 11)), source_ids=["green"])[0].rows == 1
    for plan in tmp_path.glob(f"lake/{TABLE}/metadata/plan-*.json"):
        plan.unlink()
    by_manifests = Snapshots(tmp_path / "lake").plan(TABLE)
    assert by_manifests is not None
    assert [(f.source_id, f.start, f.rows) for f in by_manifests.files] == days(lake)


@pytest.mark.parametrize("unit", [Unit("blue", None), Unit(None, MONDAY)])
def test_a_unit_names_cluster_and_day(tmp_path: Path, unit: Unit) -> None:
    """Half a unit would replace what was not meant."""
    lake = Lake.open(tmp_path)
    with lake.writing(), pytest.raises(LakeError, match="split by x_ClusterId and day"):
        lake.replace(TABLE, {unit}, [])


def test_a_file_has_one_day(tmp_path: Path) -> None:
    """An hour of the next day in the file is refused."""
    lake = Lake.open(tmp_path)
    with lake.writing():
        path = write(lake, "blue", "2026-11-09 23:00", "2026-11-10 00:00")
        with pytest.raises(LakeError, match="more than one day"):
            lake.replace(TABLE, {Unit("blue", MONDAY)}, [path])


def test_quantities_are_whole_numbers() -> None:
    """Sums of whole numbers do not depend on their order."""
    for name in ("node_hours", "container_hours", "volume_hours", "load_balancer_hours"):
        types = {c.type for c in table_spec(f"kubernetes_{name}").columns}
        assert types == {"string", "datetime", "long"}
