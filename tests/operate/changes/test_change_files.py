"""Files in every form, and Argo CD asked over HTTP."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import sender_bodies as say
from change_ledger import NOW, SOURCES, make_ledger

from warikan.focus.errors import NotFound, UnreadableFile, UsageError
from warikan.operate.changes.changes import Changes
from warikan.operate.changes.rows import Criteria

CSV = """\
at,source,event_id,kind,service,title,actor,url,scope_json
2026-11-20T09:00:00Z,argocd,a1,sync,shop,Shop 1.2,argocd,https://argo.example/shop,
2026-11-20T10:00:00Z,Billing Desk,b1,price,,S3 is dearer,,,"{""ServiceName"": ""Amazon S3""}"
yesterday,argocd,a2,sync,shop,No time,,,
2026-11-20T11:00:00Z,argocd,a3,sync,shop,Bad scope,,,{
"""


@pytest.fixture
def ledger(tmp_path: Path) -> Changes:
    """An empty ledger."""
    return make_ledger(tmp_path)


def write(folder: Path, name: str, content: Any) -> Path:
    """A file with *content*, text or JSON."""
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def test_csv(ledger: Changes, tmp_path: Path) -> None:
    """Sources as the file names them; rows that cannot be read are counted, with their number."""
    argo, desk = ledger.take_file(write(tmp_path, "changes.csv", CSV))

    assert (argo.source, argo.added, argo.refused) == ("argocd", 1, 2)
    assert [reason.split(":")[0] for reason in argo.reasons] == ["row 4", "row 5"]
    assert (desk.source, desk.added) == ("billing-desk", 1)
    price = ledger.list(Criteria(kind="price"))[0]
    assert (price.scope, price.service_id) == ({"ServiceName": "Amazon S3"}, None)


def test_csv_of_several_under_one_name(ledger: Changes, tmp_path: Path) -> None:
    """Ids that two systems gave alike stay two events; a file that a source names is that source's."""
    rows = "2026-11-20,one,1,A\n2026-11-20,two,1,B\n2026-11-20,files,1,C\n"
    path = write(tmp_path, "inbox/all.csv", f"at,source,event_id,title\n{rows}")
    (first,), (again,) = ledger.take_file(path, source="files"), ledger.fetch("files")

    assert (first.added, again.known) == (3, 3)
    assert sorted(c.event_id for c in ledger.list(Criteria(source="files"))) == ["1", "one/1", "two/1"]


def test_csv_of_others(ledger: Changes, tmp_path: Path) -> None:
    """Columns by the names that people give them; of two that mean the same the better one."""
    header = "Date,Time,Type,Summary,x_ServiceId,Env,Commit,Status"
    text = f"{header}\n2026-11-01,2026-11-02 09:00,release,Out,shop,prod,1f,failed\n"
    ledger.take_file(write(tmp_path, "theirs.csv", text))
    (change,) = ledger.list()

    assert (
        change.kind, change.title, change.service_id, change.environment, change.revision, change.outcome,
        change.at.day,
    ) == ("deploy", "Out", "shop", "prod", "1f", "failed", 2)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "source", "count"),
    [
        ("applications.json", {"metadata": {}, "items": [say.application()]}, "argo", 3),
        (
            "events.json",
            {"kind": "List", "items": [say.event(), say.event("u5", "Pulled", "Pod")]},
            "kubernetes",
            1,
        ),
        ("github.jsonl", json.dumps(say.deployment(1)) + "\n\n" + json.dumps(say.deployment(2)), "github", 2),
        ("one.json", say.cloud_event(), "events", 1),
        ("list.json", [say.cloud_event(), say.cloud_event(id="2")], "events", 2),
        ("runs.ndjson", json.dumps(say.run()), "terraform", 1),
        ("gitlab.json", say.gitlab(), "gitlab", 1),
        ("pretty.json", json.dumps(say.application(), indent=2), "argo", 3),
    ],
)
def test_json_by_its_look(
    ledger: Changes, tmp_path: Path, name: str, content: Any, source: str, count: int
) -> None:
    """Bodies as senders deliver them, as documents or lines: known by what they look like."""
    (receipt,) = ledger.take_file(write(tmp_path, name, content))

    assert (source, count, 0) == (receipt.source, receipt.added, receipt.refused)


def test_bodies_that_were_stored(ledger: Changes, tmp_path: Path) -> None:
    """With the time of receipt and the headers beside the body."""
    event = say.cloud_event()
    binary = {"headers": {f"Ce-{k}": v for k, v in event.items() if k != "data"}, "body": event["data"]}
    lines = [{"received_at": "2026-11-19T01:02:03Z", "body": say.apply()}, binary]
    ledger.take_file(write(tmp_path, "stored.jsonl", "\n".join(map(json.dumps, lines))))
    deploy, applied = ledger.list()

    assert f"{applied.at:%Y-%m-%d %H:%M:%S}" == "2026-11-19 01:02:03"
    assert (deploy.service_id, deploy.received_at) == ("search", NOW)


def test_files_that_are_none(ledger: Changes, tmp_path: Path) -> None:
    """Each says what is wrong; a bad line does not hide the good ones."""
    (receipt,) = ledger.take_file(write(tmp_path, "some.jsonl", f'{json.dumps(say.gitlab())}\n{{"a":\n[1]\n'))
    for name, content in (("a.json", "{"), ("b.json", ""), ("c.json", '{"a": NaN}')):
        with pytest.raises(UnreadableFile):
            ledger.take_file(write(tmp_path, name, content))
    (tmp_path / "d.csv").write_bytes(b"at,title\n\xff,\xfe\n")
    for name in ("d.csv", "missing.json"):
        with pytest.raises(UnreadableFile):
            ledger.take_file(tmp_path / name)
    (nothing,) = ledger.take_file(write(tmp_path, "e.csv", "a,b\n1,2\n"))

    assert receipt.source == "gitlab"
    assert len(ledger.list()) == 1
    assert (nothing.added, nothing.refused) == (0, 1)


def test_fetching_files(ledger: Changes, tmp_path: Path) -> None:
    """A source with a path is asked by reading; none there is an error of that source alone."""
    (none,) = ledger.fetch("files")
    write(tmp_path, "inbox/a.csv", "at,title\n2026-11-20,One\n")
    (some,) = ledger.fetch()
    with pytest.raises(UsageError):
        ledger.fetch("github")
    with pytest.raises(NotFound):
        ledger.fetch("nobody")

    assert none.error is not None
    assert (some.source, some.added, some.error) == ("files", 1, None)
    assert next(s for s in ledger.sources() if s.source == "files").last_fetched_at == NOW


class Argo(ThreadingHTTPServer):
    """A server that answers as Argo CD's API does, for one token."""

    answer: bytes = b""
    status = 200
    asked: list[tuple[str, str | None]]


class _Handler(BaseHTTPRequestHandler):
    server: Argo

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers["Authorization"]))
        known = self.headers["Authorization"] == "Bearer argo-token-1"
        self.send_response(self.server.status if known else 401)
        if self.server.status == 302:
            self.send_header("Location", "/elsewhere")
        self.end_headers()
        self.wfile.write(self.server.answer)

    def log_message(self, *_: Any) -> None:
        """Silence."""


@pytest.fixture
def argo() -> Iterator[Argo]:
    """A running server on the loopback."""
    server = Argo(("127.0.0.1", 0), _Handler)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def asking(folder: Path, argo: Argo, **more: Any) -> Changes:
    """A ledger that asks *argo*."""
    url = f"http://127.0.0.1:{argo.server_port}"
    source = {"type": "argo", "url": url, "token_from": "ARGO_TOKEN"} | more
    return make_ledger(folder, sources={"argo": source} | {"anyone": SOURCES["anyone"]})


def test_argo_is_asked(tmp_path: Path, argo: Argo) -> None:
    """Its applications with their histories, with the token; asked again nothing is new; links lead back."""
    argo.answer = say.as_bytes({"items": [say.application(), say.application("search")]})
    ledger = asking(tmp_path, argo)
    (first,), (again,) = ledger.fetch(), ledger.fetch("argo")

    assert (first.added, again.added, again.known) == (6, 0, 6)
    path, bearer = argo.asked[0]
    assert path.startswith("/api/v1/applications?fields=items.metadata.name")
    assert bearer == "Bearer argo-token-1"
    shop = ledger.list(Criteria(service="shop"))[0]
    assert shop.url == f"http://127.0.0.1:{argo.server_port}/applications/argocd/shop"


@pytest.mark.parametrize(
    ("status", "answer"),
    [(200, b"<html>"), (200, b"{}"), (200, b'{"items": [' * 9), (302, b""), (403, b"no"), (500, b"")],
)
def test_argo_answers_otherwise(tmp_path: Path, argo: Argo, status: int, answer: bytes) -> None:
    """What is no list of applications is an error, kept for whoever asks; redirects are not followed."""
    argo.status, argo.answer = status, answer
    ledger = asking(tmp_path, argo)
    (receipt,) = ledger.fetch()

    assert receipt.error is not None
    assert "argo-token-1" not in receipt.error
    assert receipt.error == ledger.sources()[1].last_error
    assert len(argo.asked) == 1


def test_argo_without_applications(tmp_path: Path, argo: Argo) -> None:
    """``items`` is null where there is none."""
    argo.answer = b'{"metadata": {}, "items": null}'
    (receipt,) = asking(tmp_path, argo).fetch()

    assert (receipt.added, receipt.error) == (0, None)


def test_argo_is_away(tmp_path: Path, argo: Argo) -> None:
    """No server, or a token that it does not know: said, not raised."""
    ledger = asking(tmp_path, argo, token_from=None)
    (refused,) = ledger.fetch("argo")
    away = make_ledger(tmp_path, sources={"argo": {"type": "argo", "url": "http://127.0.0.1:9"}})
    (silent,) = away.fetch("argo")

    assert "401" in (refused.error or "")
    assert "did not answer" in (silent.error or "")
