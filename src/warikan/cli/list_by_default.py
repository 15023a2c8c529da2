"""Groups of commands whose first is their list: ``warikan anomalies --state all`` needs no ``list``."""

from __future__ import annotations

from typing import Any

from typer.core import TyperGroup

LIST = "list"


class ListByDefault(TyperGroup):
    """Without a command, options are those of ``list``; ``--help`` stays the group's."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put ``list`` before *args* that name no command."""
        is_option = bool(args) and args[0].startswith("-") and args[0] not in ctx.help_option_names
        return super().parse_args(ctx, [LIST, *args] if not args or is_option else args)
