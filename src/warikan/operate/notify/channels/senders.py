"""From a channel of the settings to what delivers: the only place that reads its secrets."""

from collections.abc import Mapping

import httpx

from warikan.catalog.clusters import Variable
from warikan.catalog.notify import (
    AlertmanagerChannel,
    EmailChannel,
    NotifySettings,
    PagerDutyChannel,
    SlackChannel,
    WebhookChannel,
)
from warikan.focus.errors import ConfigError
from warikan.ingest.usage.secrets import secret
from warikan.operate.notify.channels.alertmanager import AlertmanagerSender
from warikan.operate.notify.channels.email import EmailSender
from warikan.operate.notify.channels.http import Post
from warikan.operate.notify.channels.pagerduty import PagerDutySender
from warikan.operate.notify.channels.slack import SlackSender
from warikan.operate.notify.channels.webhook import WebhookSender, signing_key
from warikan.operate.notify.delivery import Sender
from warikan.operate.notify.routing import Place


def make_sender(
    place: Place, settings: NotifySettings, environment: Mapping[str, str], client: httpx.Client
) -> Sender:
    """
    What delivers to *place*.

    Raises:
        ConfigError: the settings have no such channel any more, or a variable that it names is not set.
    """
    channel = settings.channels.get(place.channel)
    if channel is None:
        raise ConfigError(f"notify.channels has no {place.channel} any more")
    keys = _Secrets(environment, f"notify.channels.{place.channel}")
    match channel:
        case SlackChannel():
            token = keys.read(channel.token_from, "token_from")
            return SlackSender(
                post=Post(client, (token,)),
                api=channel.api,
                token=token,
                channel=place.address or channel.channel,
                locale=channel.locale,
                has_buttons=channel.signing_secret_from is not None,
            )
        case PagerDutyChannel():
            key = keys.read(channel.routing_key_from, "routing_key_from")
            return PagerDutySender(Post(client, (key,)), channel.url, key, channel.locale)
        case AlertmanagerChannel():
            return _alertmanager(channel, keys, client)
        case WebhookChannel():
            told = keys.read(channel.secret_from, "secret_from")
            url = channel.url or keys.read(channel.url_from, "url_from")
            hidden = (told,) if channel.url_from is None else (told, url, *_places_in(url))
            return WebhookSender(Post(client, hidden), url, signing_key(told, f"{keys.setting}.secret_from"))
        case EmailChannel():
            password = (
                None if channel.password_from is None else keys.read(channel.password_from, "password_from")
            )
            to = (place.address,) if place.address else channel.to
            if not to:
                raise ConfigError(
                    f"{keys.setting}.to: nobody", hint="name recipients, or use it in notify.owners"
                )
            return EmailSender(channel, password, to)


def _alertmanager(channel: AlertmanagerChannel, keys: "_Secrets", client: httpx.Client) -> Sender:
    headers, auth, hidden = {}, None, []
    if channel.bearer_from is not None:
        token = keys.read(channel.bearer_from, "bearer_from")
        headers, hidden = {"Authorization": f"Bearer {token}"}, [token]
    if channel.user is not None:
        password = keys.read(channel.password_from, "password_from")
        auth, hidden = (channel.user, password), [password]
    return AlertmanagerSender(
        Post(client, tuple(hidden)), channel.url, headers, auth, channel.labels, channel.locale
    )


def _places_in(url: str) -> list[str]:
    """What follows the server's name in an address: the part that makes it a secret."""
    path = url.partition("://")[2].partition("/")[2]
    return [path] if path else []


class _Secrets:
    """The environment, as one channel reads it."""

    def __init__(self, environment: Mapping[str, str], setting: str) -> None:
        self._environment = environment
        self.setting = setting

    def read(self, variable: Variable | None, name: str) -> str:
        return secret(self._environment, variable or "", f"{self.setting}.{name}")
