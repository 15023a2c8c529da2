"""The browser's files: built by npm (assets/), named by their content, served for ever."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "static" / "dist"
BUILD = "npm ci && npm run build, in src/warikan/web/assets/"
TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".woff2": "font/woff2",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}


@dataclass(frozen=True)
class Assets:
    """
    What was built.

    Attributes:
        names: Name in the source (``app.js``) → name with its hash; empty when nothing was built.
        files: Every file that may be served.
    """

    names: Mapping[str, str]
    files: frozenset[str]

    def url(self, name: str) -> str:
        """The address of *name*."""
        return f"/static/{self.names.get(name, name)}"


def load_assets() -> Assets:
    """Read the manifest of the last build; without one the page works unstyled and says how to build."""
    try:
        manifest = json.loads((FOLDER / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Assets({}, frozenset())
    return Assets(manifest["names"], frozenset(manifest["files"]))


def find_asset(name: str) -> tuple[Path, str] | None:
    """The file called *name* and its type, if it was built; never anything else on the disk."""
    kind = TYPES.get(Path(name).suffix)
    if kind is None or name not in load_assets().files:
        return None
    path = FOLDER / name
    return (path, kind) if path.is_file() else None
