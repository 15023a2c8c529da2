"""One writer at a time, and everybody knows who."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from warikan.focus.errors import LakeError
from warikan.lake import Lake

HOLDER = """
import sys
from pathlib import Path
from warikan.lake import Lake

with Lake.open(Path(sys.argv[1])).writing():
    print("writing", flush=True)
    sys.stdin.read()
"""


@contextmanager
def other_writer(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that is writing."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        yield process
        process.kill()


def test_second_writer_is_told_who_writes(lake: Lake) -> None:
    """The error names the process and its command; readers and opening go on meanwhile."""
    with other_writer(lake.folder) as process:
        second = Lake.open(lake.folder, lock_timeout=0.05)

        with pytest.raises(LakeError, match=rf"process {process.pid} \(-c .*{lake.folder.name}") as raised:
            second.writing().__enter__()
        assert raised.value.hint is not None
        assert second.data_files("charges") == []


def test_lock_of_a_killed_writer_is_free(lake: Lake) -> None:
    """SIGKILL releases the lock; nobody has to remove a file."""
    with other_writer(lake.folder) as process:
        process.kill()
        process.wait()

        with Lake.open(lake.folder, lock_timeout=5).writing():
            pass


def test_a_tag_is_not_promoted_under_a_writer(lake: Lake) -> None:
    """Opening with a new tag changes tables, so it waits for the writer and then says so."""
    with other_writer(lake.folder), pytest.raises(LakeError, match="is being written by"):
        Lake.open(lake.folder, promoted_tags=["team"], lock_timeout=0.05)


def test_writing_may_be_entered_again(lake: Lake) -> None:
    """A function that writes may be called by one that is writing; files of the outer one stay."""
    with lake.writing():
        path = lake.new_file("charges")
        path.touch()
        with lake.writing():
            pass
        assert path.exists()
        lake.replace("charges", [], [], properties={"a": "1"})


def test_threads_of_one_process_write_one_at_a_time(lake: Lake) -> None:
    """Another thread waits like another process; what it is told names this process."""
    problems: list[LakeError] = []
    second = Lake.open(lake.folder, lock_timeout=0.05)

    def write(opened: Lake) -> None:
        try:
            with opened.writing():
                pass
        except LakeError as error:
            problems.append(error)

    with lake.writing():
        for opened in (second, Lake.open(lake.folder, lock_timeout=0.05)):
            thread = threading.Thread(target=write, args=(opened,))
            thread.start()
            thread.join()
    assert len(problems) == 2
    with second.writing():
        pass


def test_temp_of_dead_processes_is_emptied(lake: Lake) -> None:
    """Spill and staging of processes that are gone go when a writer starts; that of this one stays."""
    dead = subprocess.Popen(["true"])
    dead.wait()
    old = lake.temp.parent / str(dead.pid)
    old.mkdir()
    (old / "spill").touch()
    ours = lake.temp / "staging"
    ours.touch()
    with lake.writing():
        assert not old.exists()
        assert ours.exists()
