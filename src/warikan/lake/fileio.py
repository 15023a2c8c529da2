"""
Files of the lake, found where the workspace is now.

Iceberg metadata holds absolute paths, those of the folder in which the lake was made (its *home*; other
engines can read it there as it stands). When the workspace has been moved or copied since, each path under
the home is read and written under the present folder instead: a copy never touches the original.
"""

import os
from pathlib import Path
from typing import BinaryIO, Self

from pyiceberg.io import FileIO, InputFile, InputStream, OutputFile, OutputStream
from pyiceberg.typedef import EMPTY_DICT, Properties

from warikan.lake.home import Home

HOME, FOLDER = "warikan.home", "warikan.folder"
"""Catalog properties that tell LakeFileIO where the lake was made and where it is."""


class LakeFileIO(FileIO):
    """
    Local files under the home, opened under the present folder; every write is on the disk when it is closed.

    PyIceberg makes it by name (``py-io-impl``) with the catalog's properties.
    """

    def __init__(self, properties: Properties = EMPTY_DICT) -> None:
        super().__init__(properties)
        self._home = Home(properties[HOME], Path(properties[FOLDER]))

    def new_input(self, location: str) -> InputFile:
        """The file at *location*; nothing is opened yet."""
        return _File(location, self._home.resolve(location))

    def new_output(self, location: str) -> OutputFile:
        """The file at *location*; nothing is written yet."""
        return _File(location, self._home.resolve(location))

    def delete(self, location: str | InputFile | OutputFile) -> None:
        """Remove the file at *location*; raises FileNotFoundError when it is not there."""
        name = location if isinstance(location, str) else location.location
        self._home.resolve(name).unlink()


class _File(InputFile, OutputFile):
    def __init__(self, location: str, path: Path) -> None:
        super().__init__(location=location)
        self._path = path

    def __len__(self) -> int:
        return self._path.stat().st_size

    def exists(self) -> bool:
        return self._path.exists()

    def open(self, seekable: bool = True) -> InputStream:  # noqa: ARG002, FBT001, FBT002 - PyIceberg's
        return self._path.open("rb")

    def to_input_file(self) -> InputFile:
        return self

    def create(self, overwrite: bool = False) -> OutputStream:  # noqa: FBT001, FBT002 - PyIceberg's
        self._path.parent.mkdir(parents=True, exist_ok=True)
        return _Synced(self._path.open("wb" if overwrite else "xb"))


class _Synced:
    """A file that is on the disk, not only in the page cache, once it is closed: a commit may refer to it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, b: bytes) -> int:
        return self._file.write(b)

    def tell(self) -> int:
        return self._file.tell()

    def close(self) -> None:
        if not self._file.closed:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
