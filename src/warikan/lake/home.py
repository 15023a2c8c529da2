"""Where the lake was made, which its metadata remembers, and where it is now."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from warikan.focus.errors import LakeError


@dataclass(frozen=True)
class Home:
    """
    Translates between locations in the metadata and paths on this disk.

    Attributes:
        location: Absolute path of the lake folder when it was made; every location starts with it.
        folder: Absolute path of the lake folder now.
    """

    location: str
    folder: Path

    def resolve(self, location: str) -> Path:
        """
        The path of *location* now.

        Raises:
            LakeError: *location* is not in the lake.
        """
        return self.folder / self.relative(location)

    def relative(self, location: str) -> str:
        """*location* below the lake folder, e.g. ``charges/data/1.parquet``."""
        prefix = self.location.rstrip("/") + "/"
        rest = location.removeprefix("file://")
        if not rest.startswith(prefix) or ".." in PurePosixPath(rest).parts:
            raise LakeError(
                f"the lake's metadata names {location}, which is not in the lake ({self.location})"
            )
        return rest.removeprefix(prefix)

    def location_of(self, path: Path) -> str:
        """
        How the metadata names the file at *path*.

        Raises:
            LakeError: *path* is not in the lake.
        """
        try:
            return f"{self.location.rstrip('/')}/{path.absolute().relative_to(self.folder).as_posix()}"
        except ValueError as error:
            raise LakeError(f"{path} is not in the lake ({self.folder}); use Lake.new_file") from error
