"""What holds of a state at any moment, and a state as text that can be compared with another one."""

import importlib
import json
import pkgutil
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from life_client import Life
from sqlalchemy import Connection, Table, select, text

import warikan.state.tables
from warikan.operate.anomalies.notices import notice_of as notice_of_anomaly
from warikan.operate.budgets.budget import Budget
from warikan.operate.budgets.notices import notice_of as notice_of_burn
from warikan.operate.incidents.incident import Asked
from warikan.operate.incidents.notices import notice_of as notice_of_incident
from warikan.operate.learning.index import fingerprints
from warikan.operate.notify.notice import Notice
from warikan.operate.notify.routing import with_team
from warikan.operate.notify.stored import version_of
from warikan.operate.reviews.desk import index_review
from warikan.state.database import Database
from warikan.state.schema import METADATA

for _table in pkgutil.iter_modules(warikan.state.tables.__path__):
    importlib.import_module(f"warikan.state.tables.{_table.name}")

CHANNELS = {"hook", "second"}
MOVES = {
    "acknowledge": "Acknowledged", "contain": "Contained", "verify": "Verified by hand", "close": "Closed",
    "reopen": "Reopened", "dismiss": "Dismissed", "declare": "Declared",
}  # fmt: skip
_ZEROS = re.compile(r"(?:(\.\d*[1-9])|\.)0+\b")
"""PostgreSQL writes an amount with all its places."""
_KNOWN: dict[Path, dict[str, Budget]] = {}
Row = Mapping[str, Any]
_BY_CHANCE = {
    "threads": {"uid", "version"},
    "outbox": {"uid"},
    "incident_tickets": {"marker"},
    "review_documents": {"fingerprint"},
    "judgements": {"made_from"},
}
"""Random names, and hashes of what is compared itself; the version of a thread is a law's."""
_NAMED = {
    "INC": "incidents", "REV": "reviews", "CHG": "changes", "ANO": "anomalies", "BURN": "budget_burns",
    "FAC": "review_factors", "ACT": "review_actions", "PLAN": "planned_events",
    "change line ": "incident_entries", "ticket/": "incident_tickets",
}  # fmt: skip


def as_text(database: Database) -> dict[str, list[str]]:
    """Table → its rows, without what chance makes; ids are counted from 1 where numbers were left out."""
    tables = METADATA.sorted_tables
    with database.read() as connection:
        found = {table.name: _rows(connection, table) for table in tables}
    named = re.compile(r"\b(INC|REV|CHG|ANO|BURN|FAC|ACT|PLAN|change line |ticket/)-?(\d+)\b")
    ids = {
        name: {row["id"] for row in rows if isinstance(row.get("id"), int)} for name, rows in found.items()
    }
    for match in named.finditer(json.dumps(found, default=str)):
        ids[_NAMED[match[1]]].add(int(match[2]))  # also of what was taken away since
    places = {
        name: {number: place for place, number in enumerate(sorted(known), 1)} for name, known in ids.items()
    }

    def renamed(match: re.Match[str]) -> str:
        return f"{match[1]}-{places[_NAMED[match[1]]][int(match[2])]}"

    def plain(table: Table, row: Row) -> str:
        kept = {name: value for name, value in row.items() if name not in _BY_CHANCE.get(table.name, ())}
        for column in table.columns:
            if column.name == "id":
                kept["id"] = places[table.name][row["id"]]
            for key in column.foreign_keys:
                kept[column.name] = places[key.column.table.name].get(row[column.name])
        told = json.dumps(kept, default=str, sort_keys=True, ensure_ascii=False).replace("0E-18", "0")
        return named.sub(renamed, _ZEROS.sub(r"\1", told))

    return {table.name: sorted(plain(table, row) for row in found[table.name]) for table in tables}


def broken_laws(life: Life) -> list[str]:
    """What is half there; nothing, if all is well."""
    state = life.all.state
    with state.read() as connection:
        rows = {table.name: _rows(connection, table) for table in METADATA.sorted_tables}
        said = _unsound(connection)
        done: dict[str, Counter[str]] = {}
        for entry in rows["audit"]:
            done.setdefault(entry["subject"], Counter())[entry["action"]] += 1
        said += _outbox(rows) + _incidents(rows, done) + _reviews(rows, done) + _changes(rows, done)
        said += _search(connection, rows)
    return said + _notices(life, rows, done)


def _rows(connection: Connection, table: Table) -> list[Row]:
    return [dict(row) for row in connection.execute(select(table)).mappings()]


def _unsound(connection: Connection) -> list[str]:
    if connection.dialect.name != "sqlite":
        return []
    found = [row[0] for row in connection.execute(text("PRAGMA integrity_check"))]
    dangling = connection.execute(text("PRAGMA foreign_key_check")).all()
    return [] if found == ["ok"] and not dangling else [f"the file is broken: {found} {dangling}"]


def _outbox(rows: Mapping[str, list[Row]]) -> list[str]:
    """One thread per channel and key, its versions counted without a gap, only the newest waiting."""
    said = []
    keys = Counter((t["channel"], t["key"]) for t in rows["threads"])
    said += [f"{key} has {n} threads" for key, n in keys.items() if n > 1]
    channels: dict[str, set[str]] = {}
    for thread in rows["threads"]:
        channels.setdefault(thread["key"], set()).add(thread["channel"])
        versions = [r for r in rows["outbox"] if r["thread_id"] == thread["id"]]
        numbers = sorted(r["sequence"] for r in versions)
        if numbers != list(range(1, thread["sequence"] + 1)):
            said.append(f"{thread['key']} has the versions {numbers} of {thread['sequence']}")
        waiting = [r["sequence"] for r in versions if r["state"] == "waiting"]
        if waiting != [thread["sequence"]]:
            said.append(f"of {thread['key']} wait {waiting}")
    return said + [f"{key} is told only to {told}" for key, told in channels.items() if told != CHANNELS]


def _incidents(rows: Mapping[str, list[Row]], done: Mapping[str, Counter[str]]) -> list[str]:
    """Each with its expectation, figure, record and timeline; what it taught the detector is taught."""
    said = []
    verdicts = {f"anomaly/ANO-{a['id']}": a["verdict"] for a in rows["anomalies"]}
    for row in rows["incidents"]:
        name, number = f"INC-{row['id']}", row["id"]
        mine = {
            table: [r for r in rows[f"incident_{table}"] if r["incident_id"] == number]
            for table in ("days", "entries", "figures", "tasks", "tickets")
        }
        actions = done.get(f"incident/{name}", Counter())
        titles = Counter(e["title"] for e in mine["entries"] if e["kind"] == "state")
        said += [
            f"{name}: {action} is {actions[action]} times in the record, {titles[title]} in the timeline"
            for action, title in MOVES.items()
            if actions[action] != titles[title]
        ]
        for what, count in (
            ("note", sum(e["kind"] == "note" for e in mine["entries"])),
            ("link ticket", len(mine["tickets"])),
            ("figure", len(mine["figures"])),
            ("declare", 1),
        ):
            if actions[what] != count:
                said.append(f"{name} has {count} times {what}, recorded {actions[what]} times")
        said += [
            f"{name}: task {t['number']} is not recorded"
            for t in mine["tasks"]
            if not actions[f"add task {t['number']}"]
        ]
        if not mine["days"]:
            said.append(f"{name} has no expectation")
        if (
            row["origin"]
            and verdicts[row["origin"]] != (row["dismissed_as"] or "real")
            and not actions["reopen"]
        ):
            said.append(f"{name} is {row['dismissed_as'] or 'real'}, its anomaly {verdicts[row['origin']]}")
    return said


def _reviews(rows: Mapping[str, list[Row]], done: Mapping[str, Counter[str]]) -> list[str]:
    """Each text is its newest version and no version is missing; each change is counted and recorded."""
    said = []
    for row in rows["reviews"]:
        name, number = f"REV-{row['id']}", row["id"]
        actions = done.get(f"review/{name}", Counter())
        mine = {
            table: [r for r in rows[f"review_{table}"] if r["review_id"] == number]
            for table in ("sections", "versions", "moves", "calibrations", "factors", "actions", "keeps")
        }
        for section in mine["sections"]:
            versions = {
                v["version"]: v["text"] for v in mine["versions"] if v["section_id"] == section["section_id"]
            }
            whole = sorted(versions) == list(range(1, section["version"] + 1))
            if not whole or versions[section["version"]] != section["text"]:
                said.append(f"{name}: {section['section_id']} is not its newest version")
            if actions[f"edit {section['section_id']}"] != section["version"] - 1:
                said.append(f"{name}: {section['section_id']} changed without a record")
        changes = sum(
            n for action, n in actions.items() if action != "begin" and not action.startswith("edit ")
        )
        for what, count, recorded in (
            ("versions", row["version"], 1 + changes),
            ("moves", len(mine["moves"]), 1 + actions["move"]),
            ("calibrations", len(mine["calibrations"]), actions["calibrate"]),
            ("factors", len(mine["factors"]), actions["add factor"] - actions["remove factor"]),
            ("actions", len(mine["actions"]), actions["add action"]),
            ("keeps", len(mine["keeps"]), actions["keep"]),
        ):
            if count != recorded:
                said.append(f"{name} has {count} {what}, recorded {recorded}")
        if max(mine["moves"], key=lambda m: m["id"])["target"] != row["state"]:
            said.append(f"{name} is {row['state']}, which no move led to")
    return said


def _changes(rows: Mapping[str, list[Row]], done: Mapping[str, Counter[str]]) -> list[str]:
    """Each event once, with the owner that its evidence names; as many as were recorded."""
    said = []
    for row in rows["changes"]:
        named = next((e["service_id"] for e in row["evidence"] if e["service_id"]), None)
        if named != row["service_id"]:
            said.append(f"CHG-{row['id']} is of {row['service_id']}, its evidence says {named}")
    added = sum(
        (e["after"] or {}).get("added", 0) for e in rows["audit"] if e["subject"].startswith("changes/")
    )
    added += sum(n["add"] for subject, n in done.items() if subject.startswith("change/"))
    if added != len(rows["changes"]):
        said.append(f"there are {len(rows['changes'])} changes, recorded {added}")
    known = {r["source"] for r in rows["change_sources"]}
    return said + [
        f"{r['source']} told nothing" for r in rows["changes"] if r["source"] not in known | {"manual"}
    ]


def _search(connection: Connection, rows: Mapping[str, list[Row]]) -> list[str]:
    """A review is found by its words as they are now."""
    before = fingerprints(connection)
    lengths: Counter[str] = Counter()
    for term in rows["review_terms"]:
        lengths[term["document"]] += term["count"]
    said = [
        f"{d['document']}: words are missing"
        for d in rows["review_documents"]
        if lengths[d["document"]] != d["length"]
    ]
    for row in rows["reviews"]:
        index_review(connection, row["id"])  # nothing of it is kept
    changed = {name for name, mark in fingerprints(connection).items() if before.get(name) != mark}
    return said + [f"{name} is found by old words" for name in sorted(changed)]


def _notices(life: Life, rows: Mapping[str, list[Row]], done: Mapping[str, Counter[str]]) -> list[str]:
    """What waits to be told says how it stands."""
    catalog = life.all.catalog
    budgets = _KNOWN.setdefault(life.all.folder, {})
    if not budgets:  # making them reads the bill
        budgets.update((name, life.all.budgets.get(name)) for name in life.all.settings.budgets)
    notices: list[Notice] = [notice_of_incident(i) for i in life.all.incidents.list(Asked(limit=1000))]
    notices += [notice_of_anomaly(a, catalog) for a in life.all.anomalies.list(state="all")]
    notices += [notice_of_burn(b, budgets.get(b.budget_id)) for b in life.all.budgets.burns()]
    told = {(t["channel"], t["key"]): t["version"] for t in rows["threads"]}
    said = [
        f"{channel} is not told how {notice.key} stands"
        for notice in notices
        for channel in sorted(CHANNELS)
        if told.get((channel, notice.key)) != version_of(with_team(notice, catalog))
    ]
    for kind, table, action in (
        ("burn/BURN-", "budget_burns", "start"),
        ("anomaly/ANO-", "anomalies", "open"),
    ):
        recorded = sum(n[action] for subject, n in done.items() if subject.startswith(kind))
        if recorded != len(rows[table]):
            said.append(f"there are {len(rows[table])} {table}, recorded {recorded}")
    return said
