"""Many say at once what an anomaly is, each of what they saw: one is heard, the others are told."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from life_client import ADDRESS, Life, make_company

from postgres_server import new_database
from warikan.focus.errors import Conflict
from warikan.operate.anomalies.anomaly import VERDICTS
from warikan.state.audit import list_entries

SPEAKERS = 12


def test_one_verdict_is_heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On PostgreSQL, where transactions do not wait for each other by themselves."""
    folder = make_company(tmp_path, is_on_postgresql=True)
    with new_database() as url:
        monkeypatch.setenv(ADDRESS, url.render_as_string(hide_password=False))
        life = Life(folder)
        life.all.anomalies.judge()
        anomaly, begin = life.anomaly(), Barrier(SPEAKERS)

        def say(number: int) -> bool:
            begin.wait()
            try:
                life.all.anomalies.say(anomaly, VERDICTS[number % 3], actor=f"p{number}", version=1)
            except Conflict:
                return False
            return True

        with ThreadPoolExecutor(SPEAKERS) as speakers:
            heard = list(speakers.map(say, range(SPEAKERS)))
        said = life.all.anomalies.get(anomaly)
        with life.all.state.read() as connection:
            entries = list_entries(connection, f"anomaly/{anomaly}")
        life.all.state.close()

    assert (heard.count(True), said.version, said.verdict_by) == (1, 2, f"p{heard.index(True)}")
    assert [entry.action for entry in entries] == [said.verdict, "open"]
