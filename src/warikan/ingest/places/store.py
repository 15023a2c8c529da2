"""An open object store: reached as the settings say, with credentials of the cloud's own chain."""

import importlib
import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from obstore.store import AzureStore, GCSStore, ObjectStore, S3Store

from warikan.catalog.places import PlaceSettings
from warikan.focus.errors import UsageError
from warikan.ingest.places.address import Address
from warikan.ingest.places.faults import reason_of

_MOST_OF_AN_ANSWER = timedelta(minutes=5)
"""A slow body is cut here and taken up again where it stood (download.py)."""
_NO_RETRY: Any = {"max_retries": 0, "retry_timeout": timedelta(minutes=2)}
"""Retries are ours: counted, injected, and with the bytes that are here already."""
_AWS_KEYS = (
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)
_AZURE_NATIVE = (
    "AZURE_STORAGE_ACCOUNT_KEY",
    "AZURE_STORAGE_ACCESS_KEY",
    "AZURE_STORAGE_SAS_KEY",
    "AZURE_STORAGE_SAS_TOKEN",
    "AZURE_STORAGE_TOKEN",
    "AZURE_STORAGE_CLIENT_SECRET",
    "AZURE_CLIENT_SECRET",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_USE_AZURE_CLI",
    "AZURE_STORAGE_USE_EMULATOR",
)


def open_store(address: Address, settings: PlaceSettings, environment: Mapping[str, str]) -> ObjectStore:
    """
    The store that *address* is in; nothing is asked of it yet.

    Args:
        environment: Where the clouds' variables are looked up to choose the chain; obstore reads its own
            variables from the process.

    Raises:
        UsageError: settings do not fit the store, or a profile or token cannot be used.
    """
    if address.kind != "s3" and (settings.profile or settings.requester_pays):
        raise UsageError(f"{address.url}: profile and requester_pays are settings of S3 only")
    opened = {"s3": _open_s3, "gs": _open_gcs, "az": _open_azure}[address.kind]
    try:
        return opened(address, settings, environment)
    except UsageError:
        raise
    except Exception as error:
        # Of many kinds: obstore's, botocore's, google-auth's. All of them are about configuration.
        raise UsageError(
            f"{address.url} cannot be opened: {reason_of(error)}", hint="docs/places.md, 'Credentials'"
        ) from error


def _client(settings: PlaceSettings) -> Any:
    patience = timedelta(seconds=settings.timeout_seconds)
    return {
        "connect_timeout": min(patience, timedelta(seconds=10)),
        "read_timeout": patience,
        "timeout": max(patience, _MOST_OF_AN_ANSWER),
        "user_agent": "warikan",
        "allow_http": settings.allow_http,
    }


def _open_s3(address: Address, settings: PlaceSettings, environment: Mapping[str, str]) -> ObjectStore:
    if settings.account:
        raise UsageError(f"{address.url}: account is a setting of Azure; S3 has none")
    endpoint = settings.endpoint or address.endpoint
    region = settings.region or address.region
    config: dict[str, Any] = {"virtual_hosted_style_request": False}
    if endpoint:
        # Both names: AWS_ENDPOINT_URL_S3 of the environment would win over the first alone.
        config |= {"endpoint": endpoint, "aws_endpoint_url_s3": endpoint}
    if settings.requester_pays:
        config["request_payer"] = True
    provider = None
    if settings.anonymous:
        config["skip_signature"] = True
    elif settings.profile or not any(environment.get(key) for key in _AWS_KEYS):
        provider = _aws_profile(settings.profile or environment.get("AWS_PROFILE"), environment)
        if provider is not None and not environment.get("AWS_REGION"):
            region = region or provider.config.get("region")
    if region:
        config["region"] = region
    return S3Store(
        address.bucket,
        config=config,  # type: ignore[arg-type] # a TypedDict, built up here
        client_options=_client(settings),
        retry_config=_NO_RETRY,
        credential_provider=provider,
    )


def _aws_profile(profile: str | None, environment: Mapping[str, str]) -> Any:
    """
    What boto3 finds (profiles, SSO, assumed roles, processes), when there is a profile to look at.

    None leaves it to obstore, which ends at the instance's own role.
    """
    home = Path(environment.get("HOME", "~")).expanduser() / ".aws"
    files = (
        Path(environment.get("AWS_CONFIG_FILE") or home / "config"),
        Path(environment.get("AWS_SHARED_CREDENTIALS_FILE") or home / "credentials"),
    )
    if not profile and not any(file.is_file() for file in files):
        return None
    try:
        boto3 = importlib.import_module("boto3")
        auth = importlib.import_module("obstore.auth.boto3")
    except ImportError:
        if profile is None:
            return None
        raise UsageError(
            f"the AWS profile {profile!r} cannot be read: boto3 is not installed",
            hint="pip install boto3, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        ) from None
    session = boto3.session.Session(profile_name=profile)
    if session.get_credentials() is None and profile is None:
        return None
    return auth.Boto3CredentialProvider(session)


def _open_gcs(address: Address, settings: PlaceSettings, environment: Mapping[str, str]) -> ObjectStore:
    if settings.region or settings.account:
        raise UsageError(f"{address.url}: region and account are no settings of Google Cloud Storage")
    config: dict[str, Any] = {}
    if settings.endpoint:
        config["base_url"] = settings.endpoint
    provider = None
    if settings.anonymous:
        config["skip_signature"] = True
    elif _needs_google_auth(environment):
        provider = _provider("google.auth", "obstore.auth.google", "GoogleCredentialProvider", "google-auth")
    return GCSStore(
        address.bucket,
        config=config,  # type: ignore[arg-type] # a TypedDict, built up here
        client_options=_client(settings),
        retry_config=_NO_RETRY,
        credential_provider=provider,
    )


def _needs_google_auth(environment: Mapping[str, str]) -> bool:
    """Whether the default credentials are of a kind that obstore leaves to google-auth (federation)."""
    given = environment.get("GOOGLE_APPLICATION_CREDENTIALS")
    if not given or any(environment.get(k) for k in ("GOOGLE_SERVICE_ACCOUNT", "GOOGLE_SERVICE_ACCOUNT_KEY")):
        return False
    try:
        kind = json.loads(Path(given).read_bytes()[: 1 << 20])["type"]
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return kind not in ("service_account", "authorized_user")


def _open_azure(address: Address, settings: PlaceSettings, environment: Mapping[str, str]) -> ObjectStore:
    if settings.region:
        raise UsageError(f"{address.url}: region is no setting of Azure")
    if settings.account and address.account and settings.account != address.account:
        raise UsageError(f"{address.url} names another account than the setting ({settings.account})")
    account = address.account or settings.account or environment.get("AZURE_STORAGE_ACCOUNT_NAME")
    if not account:
        raise UsageError(
            f"{address.url} does not say which storage account",
            hint="set place.account, or write abfss://container@account.dfs.core.windows.net/…",
        )
    config: dict[str, Any] = {"account_name": account}
    if settings.endpoint:
        config["endpoint"] = settings.endpoint
    provider = None
    if settings.anonymous:
        config["skip_signature"] = True
    elif not any(environment.get(key) for key in _AZURE_NATIVE) and _has("azure.identity"):
        provider = _provider(
            "azure.identity", "obstore.auth.azure", "AzureCredentialProvider", "azure-identity"
        )
    return AzureStore(
        address.bucket,
        config=config,  # type: ignore[arg-type] # a TypedDict, built up here
        client_options=_client(settings),
        retry_config=_NO_RETRY,
        credential_provider=provider,
    )


def _has(module: str) -> bool:
    try:
        importlib.import_module(module)
    except ImportError:
        return False
    return True


def _provider(library: str, module: str, name: str, package: str) -> Any:
    try:
        importlib.import_module(library)
        make: Callable[[], Any] = getattr(importlib.import_module(module), name)
    except ImportError:
        raise UsageError(
            f"these credentials need {package}, which is not installed", hint=f"pip install {package}"
        ) from None
    return make()
