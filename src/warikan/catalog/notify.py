"""``notify`` of ``warikan.yaml``: who is told, and how."""

from datetime import time
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, model_validator

from warikan.catalog.clusters import Variable
from warikan.catalog.strict import Identifier, Strict

Locale = Literal["en", "ja"]
Severity = Literal["info", "low", "medium", "high", "critical"]
SEVERITIES: tuple[Severity, ...] = ("info", "low", "medium", "high", "critical")
"""Least first."""
Kind = Literal["anomaly", "incident", "budget", "digest", "task"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
SLACK_ID = r"^[CGD][A-Z0-9]{2,20}$"
MAIL_ADDRESS = r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9]([A-Za-z0-9.-]{0,250}[A-Za-z0-9])?$"
SlackId = Annotated[str, Field(pattern=SLACK_ID, examples=["C024BE91L"])]
MailAddress = Annotated[str, Field(pattern=MAIL_ADDRESS)]
Address = Annotated[str, Field(pattern=r"^https?://[^\s/@]+(/\S*)?$", max_length=2000)]
"""An address on the web without a user or password in it."""


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is no time zone; write it like Asia/Tokyo") from error
    return name


Zone = Annotated[str, Field(max_length=64), AfterValidator(_known_zone)]


class _Channel(Strict):
    """What every channel has."""

    locale: Locale = Field("en", description="Language of its messages.")


class SlackChannel(_Channel):
    """A channel of Slack. Its app needs `chat:write` and `channels:history` (private: `groups:history`)."""

    type: Literal["slack"]
    token_from: Variable = Field(description="Variable with the app's bot token (xoxb-...).")
    channel: SlackId = Field(description="Id of the channel, at the end of its About page: names change.")
    signing_secret_from: Variable | None = Field(
        None, description="Variable with the app's signing secret; without it messages have no buttons."
    )
    api: Address = Field("https://slack.com/api", description="Another one for GovSlack.")
    quiet: bool = Field(default=True, description="Keeps the quiet hours.")


class PagerDutyChannel(_Channel):
    """A service of PagerDuty, through its Events API v2."""

    type: Literal["pagerduty"]
    routing_key_from: Variable = Field(description="Variable with the integration key.")
    url: Address = Field("https://events.pagerduty.com", description="Another one in the EU.")
    quiet: bool = Field(default=False, description="Keeps the quiet hours.")


class AlertmanagerChannel(_Channel):
    """Prometheus' Alertmanager, API v2."""

    type: Literal["alertmanager"]
    url: Address = Field(examples=["http://alertmanager.monitoring:9093"])
    bearer_from: Variable | None = Field(None, description="Variable with a bearer token.")
    user: str | None = Field(None, description="User of basic authentication.")
    password_from: Variable | None = Field(None, description="Variable with its password.")
    labels: dict[str, str] = Field({}, max_length=20, description="Put on every alert.")
    quiet: bool = Field(default=False, description="Keeps the quiet hours.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.user is None) != (self.password_from is None):
            raise ValueError("user and password_from go together")
        if self.user is not None and self.bearer_from is not None:
            raise ValueError("a server takes a bearer token or a user and password, not both")
        return self


class WebhookChannel(_Channel):
    """Any HTTP receiver: CloudEvents 1.0 in JSON, signed as Standard Webhooks asks (docs/notify.md)."""

    type: Literal["webhook"]
    url: Address | None = Field(None, examples=["https://hooks.example.com/warikan"])
    url_from: Variable | None = Field(None, description="Variable with the address, where it is a secret.")
    secret_from: Variable = Field(description="Variable with the secret of the signature (whsec_...).")
    quiet: bool = Field(default=False, description="Keeps the quiet hours.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.url is None) == (self.url_from is None):
            raise ValueError("give url or url_from")
        return self


class EmailChannel(_Channel):
    """E-mail through an SMTP server."""

    type: Literal["email"]
    host: str = Field(max_length=253, examples=["smtp.example.com"])
    port: int = Field(587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="`tls` is usual on port 465."
    )
    user: str | None = Field(None, description="User who logs in.")
    password_from: Variable | None = Field(None, description="Variable with the password.")
    ca: str | None = Field(None, description="File of the authorities to trust (PEM).")
    sender: MailAddress = Field(description="From whom.")
    to: tuple[MailAddress, ...] = Field(
        (), max_length=50, description="To whom; owners' are added by `owners`."
    )
    update_hours: int = Field(
        24, ge=0, le=168, description="Between two mails on one matter whose state stays; 0: each update."
    )
    quiet: bool = Field(default=True, description="Keeps the quiet hours.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.user is None) != (self.password_from is None):
            raise ValueError("user and password_from go together")
        if self.user is not None and self.security == "none":
            raise ValueError("a password goes over starttls or tls only")
        return self


Channel = Annotated[
    SlackChannel | PagerDutyChannel | AlertmanagerChannel | WebhookChannel | EmailChannel,
    Field(discriminator="type"),
]


class Route(Strict):
    """Who is told of what; an absent condition matches everything."""

    teams: tuple[str, ...] = Field((), max_length=200)
    services: tuple[str, ...] = Field((), max_length=200)
    kinds: tuple[Kind, ...] = ()
    severity_at_least: Severity = "info"
    channels: tuple[Identifier, ...] = Field(
        max_length=20, description="None: what matches is told to nobody."
    )


class Owners(Strict):
    """How owners are reached where no route matches: by what the catalogue says of their Group."""

    slack: Identifier | None = Field(
        None, description="A Slack channel; its place is the Group's annotation `warikan.io/slack-channel`."
    )
    email: Identifier | None = Field(
        None, description="An e-mail channel; its recipient is the Group's `spec.profile.email`."
    )


class QuietHours(Strict):
    """When people are not told; what comes in waits for the end."""

    start: time = Field(examples=["22:00"])
    end: time = Field(examples=["08:00"])
    zone: Zone | None = Field(None, description="Absent: that of `notify`.")
    except_severity: Severity = Field("critical", description="From this one on people are told at once.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.start == self.end:
            raise ValueError("start and end are the same: that is no time, or all of it")
        if self.start.tzinfo is not None or self.end.tzinfo is not None:
            raise ValueError("times have no zone of their own: give zone")
        return self


class DigestSettings(Strict):
    """One message for each team: what changed, what is open, what is due."""

    daily: time | None = Field(
        None, description="When, e.g. 09:00; an empty one is not sent.", examples=["09:00"]
    )
    weekly: Weekday | None = Field(
        None, description="The day on which it looks back on a week, also if empty."
    )
    zone: Zone | None = Field(None, description="Absent: that of `notify`.")
    holds_below: Severity = Field(
        "medium", description="Matters below it wait for the digest, where the team gets one."
    )


class NotifySettings(Strict):
    """Channels, routes, quiet hours and digests."""

    base_url: Address | None = Field(
        None,
        description="Where people see the page: links lead there.",
        examples=["https://warikan.example.com"],
    )
    zone: Zone = Field("UTC", description="Of the times in messages.", examples=["Asia/Tokyo"])
    channels: dict[Identifier, Channel] = Field({}, description="Name → how it is reached.")
    routes: tuple[Route, ...] = Field((), max_length=500, description="All that match count.")
    owners: Owners = Field(Owners(), description="Where no route matches.")
    otherwise: tuple[Identifier, ...] = Field(
        (), max_length=20, description="Channels where no route matches and the owner cannot be reached."
    )
    quiet_hours: QuietHours | None = Field(None, description="When people are not told.")
    digest: DigestSettings | None = Field(None, description="Daily and weekly summaries per team.")

    @model_validator(mode="after")
    def _known_channels(self) -> Self:
        named = {name for route in self.routes for name in route.channels} | {*self.otherwise}
        if missing := sorted(named - {*self.channels}):
            raise ValueError(f"there is no channel {', '.join(missing)} in channels")
        for name, wanted in ((self.owners.slack, "slack"), (self.owners.email, "email")):
            if name is not None and (name not in self.channels or self.channels[name].type != wanted):
                raise ValueError(f"owners.{wanted}: {name} is no {wanted} channel")
        return self
