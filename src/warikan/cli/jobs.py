"""What ``warikan jobs`` does: ask the workspace, print its answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from warikan.api.answers import to_document
from warikan.bootstrap import open_workspace
from warikan.cli.options import Output, chosen_actor
from warikan.cli.output import note, print_csv, print_json, print_table
from warikan.focus.errors import CheckFailed
from warikan.operate.jobs.jobs import JobReport
from warikan.operate.notify.notifier import Message, RowState

_JOBS = ("job", "schedule", "next", "last", "result", "what it said")
_MESSAGES = ("message", "channel", "about", "state", "said on", "due", "attempts", "last error")


def run_list(folder: Path | None, output: Output) -> None:
    """Print the jobs, and the messages that were given up."""
    workspace = open_workspace(folder)
    operations = workspace.operations
    jobs, failed = operations.jobs.list(), operations.notify.list_messages(state="failed")
    note(f"{workspace.folder} · jobs")
    if output == "json":
        print_json({"jobs": to_document(jobs), "failed_messages": [_document(one) for one in failed]})
        return
    rows = [
        [
            one.name,
            one.schedule,
            _moment(one.due_at),
            _moment(one.started_at),
            _result(one.result, is_running=one.is_running, failures=one.failures, began=one.started_at),
            one.said,
        ]
        for one in jobs
    ]
    if output == "csv":
        print_csv(_JOBS, rows)
        return
    print_table("Jobs · UTC", _JOBS, rows)
    if failed:
        print_table("Messages that were given up", _MESSAGES, [_row(one) for one in failed])


def run_one(folder: Path | None, name: str, output: Output) -> None:
    """Run one job."""
    _print_reports([open_workspace(folder).operations.jobs.run(name)], output)


def run_all_due(folder: Path | None, output: Output) -> None:
    """Run what is due."""
    _print_reports(open_workspace(folder).operations.jobs.run_due(), output)


def run_messages(
    folder: Path | None, state: RowState | None, key: str | None, limit: int, output: Output
) -> None:
    """Print messages."""
    workspace = open_workspace(folder)
    found = workspace.operations.notify.list_messages(state=state, key=key, limit=limit)
    note(f"{workspace.folder} · messages")
    if output == "json":
        print_json({"rows": [_document(one) for one in found]})
        return
    rows = [_row(one) for one in found]
    if output == "csv":
        print_csv(_MESSAGES, rows)
        return
    print_table("Messages · UTC", _MESSAGES, rows)


def run_try_again(folder: Path | None, message: int, by: str | None) -> None:
    """Have a message tried again."""
    open_workspace(folder).operations.notify.try_again(message, by=chosen_actor(by))
    note(f"message {message} is due now; `warikan jobs run deliver` sends it")


def run_try_channel(folder: Path | None, channel: str, by: str | None) -> None:
    """Send a message through a channel."""
    open_workspace(folder).operations.notify.test(channel, by=chosen_actor(by))
    note(f"{channel} has it")


def _print_reports(reports: Sequence[JobReport], output: Output) -> None:
    if output == "json":
        print_json({"rows": to_document(list(reports))})
    else:
        print_table(
            "Jobs that ran", ("job", "result", "what it said"), [[r.name, r.result, r.said] for r in reports]
        )
    failed = [report.name for report in reports if report.result == "failed"]
    if failed:
        raise CheckFailed(f"failed: {', '.join(failed)}", hint="warikan jobs list")


def _document(message: Message) -> dict[str, object]:
    """A message without its content: who may see jobs need not see every notice."""
    return {
        "id": message.id,
        "channel": message.channel,
        "key": message.notice.key,
        "state": message.state,
        "created_at": message.created_at.isoformat(),
        "due_at": message.due_at.isoformat(),
        "sent_at": None if message.sent_at is None else message.sent_at.isoformat(),
        "attempts": message.attempts,
        "error": message.error,
    }


def _row(message: Message) -> list[str]:
    return [
        str(message.id),
        message.channel,
        message.notice.key,
        message.state,
        _moment(message.created_at),
        _moment(message.due_at) if message.state == "waiting" else "",
        str(message.attempts),
        message.error or "",
    ]


def _result(result: str | None, *, is_running: bool, failures: int, began: datetime | None) -> str:
    if is_running:
        return "running"
    if result is None:
        return "–" if began is None else "never ended"
    return result if failures <= 1 else f"{result} {failures} times"


def _moment(moment: datetime | None) -> str:
    return "–" if moment is None else f"{moment:%Y-%m-%d %H:%M}"
