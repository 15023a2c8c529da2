"""How every part of ``warikan.yaml`` is checked: no unknown field, nothing changes afterwards."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Identifier = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?$")]
"""Ids of sources, clusters, rules and services: what Backstage allows for names, in lower case."""


class Strict(BaseModel):
    """A part of the settings."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
