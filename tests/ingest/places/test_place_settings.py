"""Addresses and settings of object stores: every known form, no secret, no plain http beyond this machine."""

import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from place_world import Bucket, bodies
from pydantic import ValidationError

from warikan.catalog.places import PlaceLimits, PlaceSettings, is_loopback
from warikan.focus.errors import UsageError
from warikan.ingest.places import PlaceError, fetch, is_place
from warikan.ingest.places.address import Address, parse
from warikan.ingest.places.faults import explain, fault_of, reason_of
from warikan.ingest.places.store import open_store


@pytest.mark.parametrize(
    ("url", "address", "root"),
    [
        ("s3://b/x/y/", Address("s3", "b", "x/y"), "s3://b/"),
        ("S3A://b", Address("s3", "b", ""), "s3://b/"),
        ("https://b.s3.eu-west-1.amazonaws.com/x", Address("s3", "b", "x", region="eu-west-1"), "s3://b/"),
        ("https://b.s3.amazonaws.com/x", Address("s3", "b", "x"), "s3://b/"),
        (
            "https://b.s3.cn-north-1.amazonaws.com.cn/x",
            Address("s3", "b", "x", region="cn-north-1", endpoint="https://s3.cn-north-1.amazonaws.com.cn"),
            "s3://b/",
        ),
        (
            "https://s3.eu-west-1.amazonaws.com/b/x%20y",
            Address("s3", "b", "x y", region="eu-west-1"),
            "s3://b/",
        ),
        (
            f"https://{'0' * 32}.r2.cloudflarestorage.com/b/x",
            Address("s3", "b", "x", region="auto", endpoint=f"https://{'0' * 32}.r2.cloudflarestorage.com"),
            "s3://b/",
        ),
        ("gs://b/x", Address("gs", "b", "x"), "gs://b/"),
        ("https://storage.googleapis.com/b/x", Address("gs", "b", "x"), "gs://b/"),
        ("az://c/x", Address("az", "c", "x"), "az://c/"),
        ("abfs://c/x", Address("az", "c", "x"), "az://c/"),
        (
            "abfss://c@acct.dfs.core.windows.net/x",
            Address("az", "c", "x", account="acct"),
            "abfss://c@acct.dfs.core.windows.net/",
        ),
        (
            "https://acct.blob.core.windows.net/c/x",
            Address("az", "c", "x", account="acct"),
            "abfss://c@acct.dfs.core.windows.net/",
        ),
    ],
)
def test_addresses(url: str, address: Address, root: str) -> None:
    """All spellings of one place give its objects the same names."""
    assert is_place(url)
    assert parse(url) == address
    assert parse(url).root == root


@pytest.mark.parametrize(
    "path", ["bills/a.csv", "/abs/*.csv", "C:\\bills\\a.csv", "a:b.csv", Path("x"), "s3:/b/x"]
)
def test_paths_of_this_machine_are_no_places(path: str | Path) -> None:
    """As today."""
    assert not is_place(path)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ftp://h/x", "does not reach"),
        ("file:///etc/passwd", "does not reach"),
        ("http://b.s3.amazonaws.com/x", "does not reach"),
        ("https://example.com/b/x", "no object store"),
        ("https://evil.com/.s3.amazonaws.com/x", "no object store"),
        ("https://acct.blob.core.windows.net.evil.com/c", "no object store"),
        ("s3://", "no bucket"),
        ("s3:///x", "no bucket"),
        ("s3://b..c/x", "no bucket"),
        ("s3://b/../c/x", r"'\.\.' part"),
        ("s3://b/x//y", "empty"),
        ("https://s3.us-east-1.amazonaws.com/b/%2e%2e/x", r"'\.\.' part"),
        ("s3://b/\x00", "cannot be printed"),
        ("s3://b/" + "x" * 2_000, "longer than any key"),
        ("abfss://c@acct.dfs.core.windows.net.evil.com/x", "is not of the form container@account"),
    ],
)
def test_other_addresses_are_refused(url: str, words: str) -> None:
    """What is not known is not asked."""
    with pytest.raises(UsageError, match=words):
        parse(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://acct.blob.core.windows.net/c/x?sv=2024&sig=hidden",
        "az://c/x?sig=hidden",
        "s3://b/x?X-Amz-Signature=hidden",
        "https://user:hidden@s3.amazonaws.com/b/x",
        "s3://AKID:hidden@b/x",
        "abfss://c:hidden@evil.com/x",
        "https://user:hidden@acct.blob.core.windows.net\u2100/c/x",
    ],
)
def test_secrets_in_addresses_are_refused_and_not_repeated(url: str) -> None:
    """An address is no place for them."""
    with pytest.raises(UsageError) as caught:
        parse(url)

    assert "hidden" not in f"{caught.value.message} {caught.value.hint}"


ODD = st.text("ah1:/@[]%.?#-_*\\&; \u2100\uff0e")


@given(url=st.one_of(st.text(), st.builds("{}://{}".format, st.sampled_from(["https", "s3", "abfss"]), ODD)))
def test_any_text_is_a_place_or_a_usage_error(url: str) -> None:
    """Who reads an address out of a hostile manifest has one error to expect."""
    with suppress(UsageError):
        assert is_place(parse(url).url)


@pytest.mark.parametrize(
    "settings",
    [
        {"endpoint": "http://minio.example.com"},
        {"endpoint": "http://minio.example.com", "allow_http": True},
        {"endpoint": "http://127.0.0.1.evil.com", "allow_http": True},
        {"endpoint": "http://169.254.169.254", "allow_http": True},
        {"endpoint": "http://127.0.0.1:9000"},
        {"endpoint": "ftp://127.0.0.1"},
        {"endpoint": "127.0.0.1:9000"},
        {"endpoint": "https://user:pass@minio.example.com"},
        {"endpoint": "https://minio.example.com/?token=1"},
        {"endpoint": "https://minio.example.com:port"},
        {"endpoint": "https://[::1"},
        {"allow_http": True},
        {"anonymous": True, "profile": "x"},
        {"region": "eu west"},
        {"profile": "a\nb"},
        {"account": "../x"},
        {"access_key_id": "AKID"},
        {"secret_access_key": "x"},
        {"token": "x"},
        {"timeout_seconds": 0},
    ],
)
def test_settings_that_are_refused(settings: dict[str, Any]) -> None:
    """Plain http beyond this machine, secrets, and what is no address."""
    with pytest.raises(ValidationError):
        PlaceSettings.model_validate(settings)


def test_settings_that_are_taken() -> None:
    """Loopback by name and by number."""
    for host in ("127.0.0.1", "127.8.8.8", "[::1]", "localhost", "LOCALHOST"):
        assert PlaceSettings(endpoint=f"http://{host}:9000", allow_http=True).allow_http
    assert PlaceSettings(
        endpoint="https://minio.example.com:9000", region="eu-west-1", profile="prod"
    ).profile
    assert not is_loopback("localhost.evil.com")
    assert PlaceLimits(cache_gib=0.5).cache_bytes == 1 << 29


@pytest.mark.parametrize(
    ("url", "settings", "words"),
    [
        ("s3://b/x", {"account": "acct"}, "setting of Azure"),
        ("gs://b/x", {"region": "eu-west-1"}, "no settings of Google"),
        ("gs://b/x", {"profile": "p"}, "of S3 only"),
        ("az://c/x", {"requester_pays": True}, "of S3 only"),
        ("az://c/x", {"region": "x1"}, "no setting of Azure"),
        ("az://c/x", {}, "which storage account"),
        ("abfss://c@acct.dfs.core.windows.net/x", {"account": "other"}, "another account"),
        ("s3://b/x", {"profile": "nobody"}, "cannot be opened"),
    ],
)
def test_settings_that_do_not_fit_the_store(
    clean_environment: pytest.MonkeyPatch, url: str, settings: dict[str, Any], words: str
) -> None:
    """Said before anything is asked."""
    with pytest.raises(UsageError, match=words):
        open_store(parse(url), PlaceSettings.model_validate(settings), {})


def test_stores_open_without_asking(clean_environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each kind, as set; the account of Azure from its variable too."""
    for url in ("s3://b/x", "gs://b/x", f"https://{'0' * 32}.r2.cloudflarestorage.com/b/x"):
        assert open_store(parse(url), PlaceSettings(anonymous=True), {}) is not None
    azure = open_store(
        parse("az://c/x"), PlaceSettings(anonymous=True), {"AZURE_STORAGE_ACCOUNT_NAME": "acct"}
    )
    assert "acct" in repr(azure.config)  # type: ignore[union-attr]
    federated = tmp_path / "adc.json"
    federated.write_text('{"type": "external_account"}')
    with pytest.raises(UsageError, match="need google-auth"):
        open_store(parse("gs://b/x"), PlaceSettings(), {"GOOGLE_APPLICATION_CREDENTIALS": str(federated)})


def test_a_profile_is_read_by_amazons_own_library(
    bucket: Bucket, clean_environment: pytest.MonkeyPatch
) -> None:
    """Keys of ~/.aws, and the region with them; the setting has only the profile's name."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"):
        clean_environment.delenv(name)
    home = bucket.cache.parent / "home" / ".aws"
    home.mkdir(parents=True)
    (home / "credentials").write_text("[bills]\naws_access_key_id = AKIDPROFILE\naws_secret_access_key = x\n")
    (home / "config").write_text("[profile bills]\nregion = eu-west-1\n")
    bucket.put("f/a.csv", b"bill")

    fetched = bucket.fetch("f", settings=bucket.settings(profile="bills"))

    assert list(bodies(fetched).values()) == [b"bill"]
    authorization = bucket.proxy.seen[-1].authorization or ""
    assert "AKIDPROFILE/" in authorization
    assert "/eu-west-1/s3/" in authorization


def test_the_endpoint_of_the_settings_wins_over_the_environment(
    bucket: Bucket, clean_environment: pytest.MonkeyPatch
) -> None:
    """Bills are asked for where warikan.yaml says."""
    clean_environment.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    clean_environment.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    bucket.put("f/a.csv", b"bill")

    assert list(bodies(bucket.fetch("f")).values()) == [b"bill"]


def test_an_endpoint_of_the_environment_without_tls_is_refused(
    bucket: Bucket, clean_environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Plain http needs the setting, and that allows this machine alone."""
    clean_environment.setenv("AWS_ENDPOINT_URL", bucket.proxy.address)
    clean_environment.setenv("AWS_ALLOW_HTTP", "true")

    with pytest.raises(PlaceError, match="cannot be reached without TLS"):
        fetch(f"s3://{bucket.name}/f", cache=tmp_path / "c", now=bucket.now)

    assert bucket.proxy.seen == []


def test_words_of_errors_are_cleaned() -> None:
    """One line, no query, no token, cut."""
    error = OSError(
        "GET https://h/c/x?sig=hidden&b=1 Authorization: hidden\nsecret=hidden in 3.2ms " + "x" * 999
    )

    said = reason_of(error)

    assert "hidden" not in said
    assert "\n" not in said
    assert len(said) < 320
    assert fault_of(OSError("status code: 404")) == "absent"
    assert "another region" in explain(OSError("status code: 301 Moved"), "s3://b/x").message


def test_nothing_of_it_is_imported_by_is_place_alone() -> None:
    """Local bills never pay for the clouds: the settings import nothing heavy."""
    code = "import sys, warikan.catalog.places; print('obstore' in sys.modules, 'boto3' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert said.stdout.split() == ["False", "False"]
