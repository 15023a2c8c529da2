"""The command line: parse, call one function of the workspace, print."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """
    Run ``warikan``.

    Exit codes: 0 ok, 1 a gate or check failed, 2 usage, 3 a data problem. A traceback is shown only
    with ``--debug`` or WARIKAN_DEBUG=1.
    """
    # Typer costs 0.15 s; `python -c "import warikan.cli"` in tests and completion should not pay it twice.
    from warikan.cli.app import app
    from warikan.focus.errors import WarikanError

    arguments = [a for a in sys.argv[1:] if a != "--debug"]
    debug = len(arguments) != len(sys.argv[1:]) or os.environ.get("WARIKAN_DEBUG") == "1"
    try:
        app(args=arguments, prog_name="warikan")
    except WarikanError as error:
        if debug:
            raise
        _print_error(error.message, error.hint)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # `warikan cost | head` is no error; Python would complain again while closing stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:  # a full disk, a missing right: not ours to repair, and no bug
        if debug:
            raise
        where = f" {error.filename}" if error.filename else ""
        _print_error(f"cannot read or write{where}: {error.strerror or error}", "nothing else was changed")
        sys.exit(3)
    except Exception as error:  # the last line of defence: no traceback without --debug
        if debug:
            raise
        _print_error(
            f"unexpected {type(error).__name__}: {error}",
            "this is a bug in Warikan: run again with --debug and report it",
        )
        sys.exit(1)


def _print_error(message: str, hint: str | None) -> None:
    # Rich is imported late, and markup is off: messages quote hostile input.
    from rich.console import Console

    console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    console.print(f"error: {message}", style="red")
    if hint:
        console.print(f"  try: {hint}", style="bold")
