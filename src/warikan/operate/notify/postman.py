"""Takes what is due out of the outbox, hands it to its channel, and writes down what became of it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random

import httpx

from warikan.catalog.settings import Settings
from warikan.focus.errors import WarikanError
from warikan.operate.notify import outbox as rows
from warikan.operate.notify.backoff import next_attempt
from warikan.operate.notify.channels.http import new_client
from warikan.operate.notify.channels.senders import make_sender
from warikan.operate.notify.delivery import Delivery, NotDelivered
from warikan.operate.notify.routing import parse_place
from warikan.state.database import Database

log = logging.getLogger(__name__)
MOST_A_RUN = 1000
"""Deliveries of one run; the next one goes on."""
MOST_ERRORS = 20


@dataclass(frozen=True)
class DeliveryReport:
    """What one run did: how many arrived, are to be tried again, and were given up after three days."""

    sent: int = 0
    failed: int = 0
    given_up: int = 0
    errors: tuple[str, ...] = ()


class Postman:
    """One process's deliveries; any number of them share the outbox."""

    def __init__(
        self, state: Database, settings: Settings, environment: Mapping[str, str], random: Random
    ) -> None:
        self._state = state
        self._settings = settings
        self._environment = environment
        self._random = random

    def deliver(self, clock: Callable[[], datetime], *, key: str | None = None) -> DeliveryReport:
        """Send what is due, oldest first, or only what is about *key*."""
        report, away = DeliveryReport(), set[str]()
        with ExitStack() as stack:
            client: httpx.Client | None = (
                None  # it reads all certificates: only where there is something to send
            )
            for _ in range(MOST_A_RUN):
                with self._state.begin() as connection:
                    claim = rows.claim(connection, clock(), without=away, key=key)
                if claim is None:
                    break
                client = client or stack.enter_context(new_client())
                report = self._one(claim, client, clock, report, away)
        return report

    def _one(
        self,
        claim: rows.Claim,
        client: httpx.Client,
        clock: Callable[[], datetime],
        report: DeliveryReport,
        away: set[str],
    ) -> DeliveryReport:
        place = parse_place(claim.thread.channel)
        try:
            sender = make_sender(place, self._settings.notify, self._environment, client)
            delivered = sender.send(self._delivery(claim, clock()))
        except NotDelivered as error:
            if error.is_away:
                away.add(claim.thread.channel)
            return self._failed(claim, error, clock(), report)
        except WarikanError as error:  # a channel that is no longer there, a secret that is not set
            away.add(claim.thread.channel)
            return self._failed(claim, NotDelivered(error.message, is_certain=True), clock(), report)
        except Exception as error:  # one message that cannot be written must not keep back all others
            log.exception("%s: %s cannot be sent", place, claim.thread.key)
            said = f"this is a bug in Warikan: {type(error).__name__}"
            return self._failed(claim, NotDelivered(said, is_certain=False), clock(), report)
        with self._state.begin() as connection:
            is_ours = rows.mark_sent(connection, claim, clock(), delivered.remote, delivered.repeat_at)
        if not is_ours:
            log.warning("%s: sending %s took longer than its lease", place, claim.thread.key)
        return replace(report, sent=report.sent + 1)

    def _failed(
        self, claim: rows.Claim, error: NotDelivered, now: datetime, report: DeliveryReport
    ) -> DeliveryReport:
        log.warning("%s: %s was not delivered: %s", claim.thread.channel, claim.thread.key, error.message)
        again_at = next_attempt(now, claim.attempts + 1, error.retry_after, self._random)
        with self._state.begin() as connection:
            is_over = rows.mark_failed(
                connection, claim, now, error=error.message, again_at=again_at, is_certain=error.is_certain
            )
        said = f"{claim.thread.channel}: {claim.thread.key}: {error.message}"
        return replace(
            report,
            failed=report.failed + (not is_over),
            given_up=report.given_up + is_over,
            errors=(*report.errors, said)[:MOST_ERRORS],
        )

    def _delivery(self, claim: rows.Claim, now: datetime) -> Delivery:
        notify = self._settings.notify
        base = (notify.base_url or "").rstrip("/")
        return Delivery(
            uid=claim.uid,
            thread_uid=claim.thread.uid,
            sequence=claim.sequence,
            notice=claim.notice,
            remote=claim.thread.remote,
            uncertain_since=claim.uncertain_since,
            created_at=claim.created_at,
            now=now,
            zone=notify.zone,
            source=self._settings.name or "warikan",
            base_url=base,
        )
