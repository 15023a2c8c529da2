"""The cache of copies: bounded, whole or not there, safe for those who read from it and after a crash."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import given
from hypothesis import strategies as st
from manifest_files import WRITTEN, remote

from warikan.catalog.places import PlaceLimits
from warikan.ingest.places.cache import Cache
from warikan.ingest.places.faults import PlaceError
from warikan.ingest.places.pins import Pin, pinned
from warikan.ingest.places.room import Entry, make_room

PLACE = "http://127.0.0.1 \ns3://b/"
HUGE = 1 << 50


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Cache]:
    """A cache that this test alone works in."""
    made = Cache(tmp_path / "places", PlaceLimits(keep_free_gib=0), now=WRITTEN, free=lambda _: HUGE)
    with made.hold(0):
        yield made


def keep(cache: Cache, key: str, content: bytes, *, etag: str = "e") -> Path:
    """As if it had been fetched."""
    one = remote(key, size=len(content), etag=etag)
    cache.partial(PLACE, one).write_bytes(content)
    return cache.keep(PLACE, one, "0" * 64)


def test_copies_are_found_by_place_key_and_version(held: Cache) -> None:
    """Of another store, key or version there is none."""
    path = keep(held, "x/a.csv.gz", b"bill")
    one = remote("x/a.csv.gz", size=4)

    found = held.find(PLACE, one)

    assert found is not None
    assert (found.path, found.sha256) == (path, "0" * 64)
    assert path.name.endswith(".csv.gz")
    assert held.find("https://other \ns3://b/", one) is None
    assert held.find(PLACE, remote("x/b.csv.gz", size=4)) is None
    assert held.find(PLACE, remote("x/a.csv.gz", size=4, etag="f")) is None


@pytest.mark.parametrize(
    "key",
    [
        "a",
        "a.json",
        "a.note",
        "a.new",
        "b.json.gz",
        "x/y.csv.json",
        "é/日本.csv",
        "a.b.c.d",
        "x/.csv",
        "a" * 900 + ".csv",
    ],
)
def test_any_key_has_a_file_of_a_safe_name(held: Cache, tmp_path: Path, key: str) -> None:
    """Names of copies come from hashes; only endings stay, for the readers."""
    path = keep(held, key, b"bill")

    assert path.is_relative_to(tmp_path / "places" / "objects")
    assert len(path.name) < 80
    found = held.find(PLACE, remote(key, size=4))
    assert found is not None
    assert found.path == path


def test_a_new_version_replaces_the_old(held: Cache) -> None:
    """Its copy and its note go, unless somebody reads it."""
    first = keep(held, "a.csv", b"one", etag="1")
    second = keep(held, "a.csv", b"two", etag="2")

    assert not first.exists()
    assert {p.suffix for p in second.parent.iterdir()} == {".csv", ".note"}
    assert len(list(second.parent.iterdir())) == 2


@pytest.mark.parametrize(
    "note", [b"", b"{", b"[]", b'{"sha256": 7, "written": 1}', b'{"sha256": "../x", "written": 1}']
)
def test_broken_notes_are_as_none(held: Cache, note: bytes) -> None:
    """Then it is fetched again."""
    path = keep(held, "a.csv", b"bill")
    path.with_suffix(".note").write_bytes(note)

    assert held.find(PLACE, remote("a.csv", size=4)) is None


def test_leftovers_of_a_crash_go(held: Cache, tmp_path: Path) -> None:
    """A copy without a note was never finished; notes that nobody asked for in years are forgotten."""
    path = keep(held, "a.csv", b"bill")
    path.with_suffix(".note").unlink()
    other = keep(held, "b.csv", b"bill")
    other.unlink()

    later = Cache(
        tmp_path / "places",
        PlaceLimits(keep_free_gib=0),
        now=WRITTEN + timedelta(days=800),
        free=lambda _: HUGE,
    )
    later.reserve(PLACE, [], frozenset(), "s3://b/")

    assert not path.exists()
    assert not other.with_suffix(".note").exists()


def test_only_one_fetches_at_a_time(held: Cache, tmp_path: Path) -> None:
    """Another process waits, then says so."""
    code = (
        "import sys\nfrom datetime import UTC, datetime\nfrom pathlib import Path\n"
        "from warikan.catalog.places import PlaceLimits\nfrom warikan.ingest.places.cache import Cache\n"
        "now = datetime(2026, 1, 1, tzinfo=UTC)\n"
        "cache = Cache(Path(sys.argv[1]), PlaceLimits(), now=now, free=lambda _: 1)\n"
        "with cache.hold(0):\n    pass\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "places")], capture_output=True, text=True, check=False
    )

    assert "another process is fetching bills" in said.stderr


def test_pins_of_killed_processes_are_swept(tmp_path: Path) -> None:
    """A live pin keeps its files; one whose process was killed keeps nothing."""
    mine = Pin(tmp_path, [Path("/x/mine")])
    code = (
        "import sys\nfrom pathlib import Path\nfrom warikan.ingest.places.pins import Pin\n"
        "pin = Pin(Path(sys.argv[1]), [Path('/x/theirs')])\nprint('pinned', flush=True)\nsys.stdin.read()\n"
    )
    theirs = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert theirs.stdout is not None
    assert theirs.stdin is not None
    assert theirs.stdout.readline() == "pinned\n"
    assert set(pinned(tmp_path)) == {Path("/x/mine"), Path("/x/theirs")}

    theirs.send_signal(signal.SIGKILL)
    theirs.communicate()

    assert set(pinned(tmp_path)) == {Path("/x/mine")}
    mine.release()
    assert set(pinned(tmp_path)) == set()
    assert list(tmp_path.iterdir()) == []


def test_a_forgotten_pin_ends(tmp_path: Path) -> None:
    """Whoever drops it without releasing it keeps nothing."""
    pin = Pin(tmp_path, [Path("/x")])
    assert list(pinned(tmp_path)) == [Path("/x")]

    del pin

    assert list(pinned(tmp_path)) == []


@given(
    sizes=st.lists(st.tuples(st.integers(0, 50), st.integers(0, 9), st.booleans()), max_size=12),
    needed=st.integers(0, 120),
    limit=st.integers(1, 200),
    free=st.integers(0, 200),
)
def test_room_is_made_or_nothing_is_touched(
    tmp_path: Path, sizes: list[tuple[int, int, bool]], needed: int, limit: int, free: int
) -> None:
    """Afterwards it fits into both bounds; the kept stay; nothing newer goes before something older."""
    limits = PlaceLimits(cache_gib=limit / (1 << 30), keep_free_gib=0)
    entries = []
    for number, (size, used, is_kept) in enumerate(sizes):
        path = tmp_path / str(number)
        path.write_bytes(b"x" * size)
        entries.append(Entry(path, size, used, is_kept))

    def left(_: Path) -> int:
        return free

    try:
        make_room(entries, needed, limits, tmp_path, left, "s3://b/x")
    except PlaceError:
        assert all(e.path.exists() for e in entries)
        return
    gone = [e for e in entries if not e.path.exists()]
    stay = [e for e in entries if e.path.exists()]
    assert not any(e.is_kept for e in gone)
    assert sum(e.size for e in stay) + needed <= limit
    assert needed <= free + sum(e.size for e in gone)
    assert max((e.used for e in gone), default=0) <= min((e.used for e in stay if not e.is_kept), default=99)


def test_notes_say_what_a_copy_is(held: Cache) -> None:
    """For whoever looks into the folder; no secret among it."""
    path = keep(held, "x/a.csv", b"bill")

    note = json.loads(path.with_suffix(".note").read_text())

    assert note["name"] == "s3://b/x/a.csv"
    assert set(note) == {"name", "etag", "size", "modified", "sha256", "written"}
    assert note["written"] == os.stat(path).st_mtime_ns  # noqa: PTH116 - as the cache compares it


def test_the_lock_of_a_cache_is_let_go(tmp_path: Path) -> None:
    """Also after an error."""
    cache = Cache(tmp_path / "places", PlaceLimits(), now=WRITTEN, free=lambda _: 0)
    with pytest.raises(RuntimeError), cache.hold(0):
        raise RuntimeError
    FileLock(str(tmp_path / "places" / "lock")).acquire(timeout=0)
