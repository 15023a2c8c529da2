"""
Warikan (割り勘): splits every bill exactly over the services and teams that caused it.

>>> import warikan
>>> table = warikan.open("path").cost(by=["x_TeamId"], last="30d")  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from warikan.bootstrap import Workspace

__version__ = "0.1.0"


def open(path: str | Path) -> Workspace:  # noqa: A001 - `warikan.open` reads as the verb it is
    """
    Open the workspace in the folder *path*.

    Raises:
        NoWorkspace: the folder has no ``warikan.yaml``.
        ConfigError: its files cannot be used.
    """
    # Imported here so that `import warikan` (and `warikan --help`) stays under 0.1 s.
    from pathlib import Path

    from warikan.bootstrap import open_workspace

    return open_workspace(Path(path))
