"""FOCUS 1.0 to 1.4: how its files are told apart and converted (mapping.toml says the data of it)."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from warikan.ingest.conversion import Companies


@dataclass(frozen=True)
class Mapping:
    """mapping.toml. *version* is part of a load's identity: when it changes, bills are loaded anew."""

    version: int
    companies: Companies


@cache
def load_mapping() -> Mapping:
    """The mapping that comes with Warikan."""
    raw = tomllib.loads(files(__package__).joinpath("mapping.toml").read_text(encoding="utf-8"))
    return Mapping(int(raw["version"]), Companies(raw["companies"]))
