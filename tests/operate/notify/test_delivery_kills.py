"""SIGKILL at any moment of a delivery: nothing is lost, and a receiver that knows ids has nothing twice."""

import itertools
import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

import pytest
from delivering_process import BEGUN
from mailbox_server import Mailbox
from receivers import AlertmanagerPeer, PagerDutyPeer, SlackPeer, WebhookPeer
from sample_notices import CATALOG, SECRETS, notice, settings_of

from warikan.operate.notify.notifier import Notifier
from warikan.state.database import Database

KILLS = 100
SEED = 20261123
STEPS = 60
SECONDS = 0.6
KEYS = [f"incident/INC-{n}" for n in range(1, 13)]
PROGRAM = Path(__file__).with_name("delivering_process.py")


class Deliverers:
    """Starts delivering processes one after the other, each of which dies of SIGKILL."""

    def __init__(self, folder: Path, notify: dict[str, Any]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(PROGRAM), str(folder), json.dumps(notify)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.child = 0

    def start(self, minute: int, steps: int = 0) -> None:
        """Deliver from *minute* on; with *steps*, die at that call to the system."""
        stdin = self._pipe(self._process.stdin)
        stdin.write(f"{minute} {steps}\n")
        stdin.flush()
        self.child = int(self._line("started"))

    def kill(self) -> None:
        """Kill the process that delivers."""
        os.kill(self.child, signal.SIGKILL)

    def wait(self) -> None:
        """Wait until it is dead."""
        assert int(self._line("ended")) == signal.SIGKILL

    def close(self) -> None:
        """End the process that starts the others."""
        self._pipe(self._process.stdin).close()
        self._process.wait()
        self._pipe(self._process.stdout).close()

    def _line(self, word: str) -> str:
        found, _, rest = self._pipe(self._process.stdout).readline().partition(" ")
        assert found == word, "the delivering process failed; its error is above"
        return rest

    @staticmethod
    def _pipe(pipe: IO[str] | None) -> IO[str]:
        assert pipe is not None
        return pipe


@pytest.fixture
def deliverers(tmp_path: Path, all_channels: dict[str, Any]) -> Iterator[Deliverers]:
    """Delivering processes on the state in the test's folder."""
    started = Deliverers(tmp_path, all_channels)
    yield started
    started.close()


def test_hundred_kills_lose_and_repeat_nothing(
    tmp_path: Path,
    deliverers: Deliverers,
    all_channels: dict[str, Any],
    slack: SlackPeer,
    pager: PagerDutyPeer,
    alerts: AlertmanagerPeer,
    hook: WebhookPeer,
    mailbox: Mailbox,
) -> None:
    """
    A dozen matters change while one delivering process after the other is killed.

    Each dies at a random call to the system, at a random moment, or by a receiver that has just got a message
    or has just taken it in.
    """
    chance = random.Random(SEED)  # noqa: S311 - reproducible, not secret
    state, clock = Database.in_folder(tmp_path), [BEGUN]
    notifier = Notifier(state, CATALOG, settings_of(all_channels), lambda: clock[0], environment=SECRETS)
    rates = dict.fromkeys(KEYS, 0)
    struck: Counter[str] = Counter()
    for kill in range(KILLS):
        clock[0] = BEGUN + timedelta(minutes=20 * kill)  # leases end, and pauses after failures
        for key in chance.sample(KEYS, 3):
            rates[key] += 1
            notifier.announce(notice(key, rate=str(rates[key])))
        struck[_strike(deliverers, chance, 20 * kill, [slack, pager, alerts, hook, mailbox])] += 1
    clock[0] += timedelta(days=1)
    while notifier.list_messages(state="waiting"):
        notifier.deliver_due()
        clock[0] += timedelta(minutes=20)

    assert min(struck.values()) > 10, struck
    words = {key: f"${rate}.00 more a day" for key, rate in rates.items() if rate}
    # Slack has no ids: each matter is one message all the same, as it is now.
    assert sorted(slack.keys()) == sorted(words)
    assert all(f"${rate}.00" in slack.text(key) for key, rate in rates.items() if rate)
    assert sorted(pager.alerts) == sorted(f"Example 株式会社/{key}" for key in words)
    for key, said in words.items():
        assert said in pager.alerts[f"Example 株式会社/{key}"]["payload"]["summary"]
        assert said in hook.newest()[key]["data"]["title"]["en"]
    assert sorted(a["key"] for a in alerts.firing(clock[0].isoformat())) == sorted(words)
    # A webhook's version is one id, whatever was repeated (the peer checks that bodies are equal).
    versions = [(e["subject"], e["data"]["sequence"]) for e in hook.events.values()]
    assert len(versions) == len(set(versions))
    # SMTP may repeat a mail whose 250 nobody saw: then with the same Message-ID and the same bytes.
    mails = {mail.uid: mail.source for mail in mailbox.mails}
    assert all(mails[mail.uid] == mail.source for mail in mailbox.mails)
    newest = {str(mail.message["X-Warikan-Key"]): mail for mail in mailbox.mails}
    assert all(said in str(newest[key].message.get_body(("plain",))) for key, said in words.items())
    state.close()


def _strike(deliverers: Deliverers, chance: random.Random, minute: int, peers: list[Any]) -> str:
    """One process, killed in one of four ways; which."""
    way = chance.choice(["step", "moment", "received", "taken"])
    if way == "step":
        deliverers.start(minute, chance.randrange(1, STEPS))
    elif way == "moment":
        deliverers.start(minute)
        timer = threading.Timer(chance.uniform(0, SECONDS), deliverers.kill)
        timer.start()
        deliverers.wait()
        timer.join()
        return way
    else:
        # Three matters have just changed: each peer gets that many messages at least.
        peer, moment = chance.choice(peers), "before" if way == "received" else "after"
        kept = getattr(peer, moment)
        setattr(peer, moment, _countdown(chance.randrange(1, 4), deliverers.kill))
        deliverers.start(minute)
        deliverers.wait()
        setattr(peer, moment, kept)
        return way
    deliverers.wait()
    return way


def _countdown(left: int, kill: Callable[[], None]) -> Callable[[], None]:
    """Kill at call number *left*, and at no other."""
    calls = itertools.count(1)

    def count() -> None:
        if next(calls) == left:
            kill()

    return count
