"""A door for those who have Kubecost or OpenCost: their questions, in their shape, from our numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # FastAPI costs a second to import; only `warikan serve` pays it.
    from fastapi import FastAPI

    from warikan.bootstrap import Workspace

__all__ = ["install"]


def install(app: FastAPI, workspace: Workspace) -> None:
    """Put ``/allocation``, ``/assets`` and their like into *app*, and the same under ``/model``."""
    from warikan.api.kubecost.routes import router

    door = router(workspace)
    app.include_router(door)
    app.include_router(door, prefix="/model", include_in_schema=False)
