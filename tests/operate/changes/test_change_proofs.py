"""Nobody but the sender delivers, and whatever is delivered does no harm."""

import json
from pathlib import Path
from typing import Any

import pytest
import sender_bodies as say
from change_ledger import BEARER, SECRET, make_ledger
from hypothesis import given, settings
from hypothesis import strategies as st

from warikan.focus.errors import ConfigError, NotFound, UsageError, WarikanError
from warikan.operate.changes.changes import Changes, TooLarge
from warikan.operate.changes.proof import Forged


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Changes:
    """A ledger for many deliveries."""
    return make_ledger(tmp_path_factory.mktemp("ledger"))


@pytest.fixture
def ledger(tmp_path: Path) -> Changes:
    """An empty ledger."""
    return make_ledger(tmp_path)


@pytest.mark.parametrize(
    "source", ["argo", "atlantis", "terraform", "github", "gitlab", "kubernetes", "events"]
)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong", "X-Gitlab-Token": "wrong", "X-Warikan-Token": "ün"},
        {"X-Hub-Signature-256": "sha256=", "X-TFE-Notification-Signature": "", "Authorization": "Bearer "},
        {"X-Warikan-Signature-256": f"sha256={'0' * 64}", "Authorization": f"Basic {SECRET}"},
    ],
)
def test_forged(ledger: Changes, source: str, headers: dict[str, str]) -> None:
    """Without the right proof nothing is read, and nothing is kept."""
    with pytest.raises(Forged) as caught:
        ledger.receive(source, say.as_bytes(say.deployment()), headers)
    assert SECRET not in caught.value.message
    assert ledger.list() == ()


def test_a_signature_is_of_one_body(ledger: Changes) -> None:
    """The signature of one body does not carry another."""
    body = say.as_bytes(say.deployment())
    signed = say.sign_github(body, SECRET)
    with pytest.raises(Forged):
        ledger.receive("github", body + b" ", signed)
    assert ledger.receive("github", body, signed).added == 1


def test_the_other_proofs(ledger: Changes) -> None:
    """A token in our own header, or a signature in ours."""
    body = say.as_bytes(say.apply())
    signature = say.sign_github(body, SECRET)["X-Hub-Signature-256"]
    assert ledger.receive("atlantis", body, {"x-warikan-token": SECRET}).added == 1
    assert ledger.receive("atlantis", body, {"X-Warikan-Signature-256": signature}).known == 1


def test_sources_that_take_nothing(tmp_path: Path) -> None:
    """One that is unknown; one that is only asked; one whose secret is not set."""
    sources = {
        "argo": {"type": "argo", "url": "http://127.0.0.1:1"},
        "late": {"type": "argo", "secret_from": "NOWHERE"},
    }
    ledger = make_ledger(tmp_path, sources=sources)
    with pytest.raises(NotFound):
        ledger.receive("other", b"{}", {})
    with pytest.raises(Forged):
        ledger.receive("argo", b"{}", {})
    with pytest.raises(ConfigError, match="NOWHERE"):
        ledger.receive("late", b"{}", BEARER)


@pytest.mark.parametrize(
    "source",
    [{"type": "github"}, {"type": "github", "url": "https://x.example", "secret_from": "A"},
     {"type": "argo", "token_from": "A", "secret_from": "B"},
     {"type": "gitlab", "secret_from": "A", "insecure": True},
     {"type": "argo", "url": "https://user:password@argo.example"}, {"type": "argo", "url": "ftp://argo.example"}],
)  # fmt: skip
def test_settings_that_cannot_be(tmp_path: Path, source: dict[str, Any]) -> None:
    """A webhook has a secret or says that it has none; passwords are not in addresses."""
    with pytest.raises(ValueError, match="changes"):
        make_ledger(tmp_path, sources={"one": source})


def test_lint(tmp_path: Path) -> None:
    """What can run and is still wrong is said in sentences."""
    services = {"a": "nobody"}
    sources = {
        "one": {"type": "csv", "insecure": True, "services": services, "cluster": "none"},
        "two": {"type": "argo", "url": "http://argo.example", "token_from": "ARGO_TOKEN"},
        "fine": {"type": "argo", "url": "http://127.0.0.1:1", "token_from": "ARGO_TOKEN"},
    }
    found = make_ledger(tmp_path, sources=sources).lint()

    assert [
        w
        for text in found
        for w in ("services", "cluster", "https")
        if w in text.split(":")[0] or f" {w}" in text
    ][:3] == ["services", "cluster", "https"]
    assert len(found) == 3


_NESTED = b'{"a":' * 100_000
_HOSTILE = [
    b"", b"\xff\xfe", b"null", b"[]", b"true", b'{"deployment": 1e999}', b'{"a": NaN}', _NESTED,
    b"[" * 5000 + b"]" * 5000, b'{"a":' + b"9" * 5000 + b"}", b'"\\ud800"', b"{}" * 3,
]  # fmt: skip


@pytest.mark.parametrize(
    "source", ["github", "argo", "atlantis", "terraform", "gitlab", "kubernetes", "events"]
)
@pytest.mark.parametrize("body", _HOSTILE, ids=range(len(_HOSTILE)))
def test_hostile_bodies(shared: Changes, source: str, body: bytes) -> None:
    """Depth, numbers that are none, half characters: an error that a person can read, or nothing."""
    signed = BEARER | say.sign_github(body, SECRET) | say.sign_terraform(body, SECRET)
    try:
        receipt = shared.receive(source, body, signed | {"X-Gitlab-Token": SECRET})
    except UsageError as error:
        assert len(error.message) < 500  # noqa: PT017 - either answer is right
    else:
        assert receipt.added == 0


def test_too_large(ledger: Changes) -> None:
    """A body over 1 MiB is not even checked."""
    with pytest.raises(TooLarge):
        ledger.receive("anyone", b"x" * (1024 * 1024 + 1), {})


def test_hostile_values(ledger: Changes) -> None:
    """Addresses that run, texts without end, times that cannot be, characters that databases refuse."""
    rows = [
        {"at": "2026-11-20", "title": "x" * 100_000, "url": "javascript:alert(1)", "id": "1" * 5000},
        {
            "at": "2026-11-20",
            "title": "nul \x00 and half \ud800 and \u202eturned",
            "url": "http://a@b.example/",
        },
        {"at": "0001-01-01T00:00:00+14:00", "title": "before time"},
        {"at": "9999-12-31T23:59:59-14:00", "title": "after it"},
        {"at": "2026-11-20", "title": {"no": "text"}, "kind": ["deploy"], "service": 7, "scope": "[1]"},
        {
            "at": "2026-11-20",
            "title": "ok",
            "scope": {"x' OR 1=1 --": "a", "ServiceName": "Amazon S3", "n": [1]},
        },
        {"at": "2026-11-20", "title": "twice", "tags": {str(i): "x" for i in range(1000)}, "labels": 3},
        "no object",
    ]
    receipt = ledger.receive("anyone", json.dumps(rows).encode(), {})
    found = {c.title[:5]: c for c in ledger.list()}

    assert (receipt.added, receipt.refused) == (4, 4)
    assert all(reason for reason in receipt.reasons)
    assert {None} == {c.url for c in found.values()}
    assert len(found["xxxxx"].title) == 300
    assert found["nul a"].title == "nul and half ? and turned"
    assert found["ok"].scope == {"ServiceName": "Amazon S3"}


_KEYS = (
    "metadata", "items", "status", "history", "deployment", "repository", "full_name", "name", "id",
    "notifications", "run_status", "involvedObject", "reason", "Repo", "Success", "at", "title", "data",
    "specversion", "type", "source", "scope", "uid", "phase", "kind", "operationState", "projects",
    "detection_id", "labels",
)  # fmt: skip
_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(_KEYS),
        inner, max_size=5,
    ),
    max_leaves=25,
)  # fmt: skip


@given(
    body=_ANY,
    source=st.sampled_from(["github", "argo", "atlantis", "terraform", "kubernetes", "events", "anyone"]),
)
@settings(max_examples=300)
def test_any_shape(shared: Changes, body: Any, source: str) -> None:
    """Whatever types stand where: an error of ours, never another."""
    sent = json.dumps(body).encode()
    try:
        shared.receive(
            source, sent, BEARER | say.sign_github(sent, SECRET) | say.sign_terraform(sent, SECRET)
        )
    except WarikanError as error:
        assert error.message  # noqa: PT017 - either answer is right
