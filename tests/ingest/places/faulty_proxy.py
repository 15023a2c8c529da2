"""A server on the loopback before an object store: passes requests on, counts them, breaks some."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from urllib.parse import urlsplit


@dataclass
class Fault:
    """
    What happens to requests whose method and path fit, *times* times; then they pass.

    Attributes:
        status: Answered instead of passing it on.
        cut_after: Bytes of the body after which the connection is reset.
        stall_after: Bytes of the body after which nothing more comes until the client goes.
        extra: Bytes put behind the body, and into its length.
        before: Called before the request is passed on.
        ignore_range: The Range header is not passed on.
    """

    path: str
    method: str = "GET"
    times: int = 1
    status: int = 0
    cut_after: int | None = None
    stall_after: int | None = None
    extra: bytes = b""
    before: Callable[[], object] | None = None
    ignore_range: bool = False


@dataclass
class Seen:
    """A request that came."""

    method: str
    path: str
    range: str | None
    if_match: str | None
    authorization: str | None


@dataclass
class FaultyProxy:
    """What it does and what it saw."""

    upstream: str
    address: str = ""
    faults: list[Fault] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)
    ended: Event = field(default_factory=Event)
    stalled: Event = field(default_factory=Event)

    def gets(self, part: str) -> list[Seen]:
        """The GET requests whose path has *part*, listings apart."""
        return [s for s in self.seen if s.method == "GET" and part in s.path and "list-type" not in s.path]

    def take(self, method: str, path: str) -> Fault | None:
        """The next fault for this request."""
        with self.lock:
            for fault in self.faults:
                if fault.times > 0 and fault.method == method and fault.path in path:
                    fault.times -= 1
                    return fault
        return None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    proxy: FaultyProxy

    def _pass_on(self) -> None:
        proxy = self.proxy
        with proxy.lock:
            proxy.seen.append(
                Seen(
                    self.command,
                    self.path,
                    self.headers.get("Range"),
                    self.headers.get("If-Match"),
                    self.headers.get("Authorization"),
                )
            )
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = proxy.take(self.command, self.path)
        if fault and fault.before:
            fault.before()
        if fault and fault.status:
            self._answer(fault.status, {}, b"<Error><Code>SlowDown</Code></Error>", None)
            return
        headers = {
            k: v
            for k, v in self.headers.items()
            if not (fault and fault.ignore_range and k.lower() == "range")
        }
        connection = HTTPConnection(str(urlsplit(proxy.upstream).netloc), timeout=30)
        try:
            connection.request(self.command, self.path, body=body, headers=headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        kept = {k: v for k, v in answer.getheaders() if k.lower() not in ("transfer-encoding", "connection")}
        self._answer(answer.status, kept, content, fault)

    def _answer(self, status: int, headers: dict[str, str], content: bytes, fault: Fault | None) -> None:
        extra = fault.extra if fault else b""
        self.send_response_only(status)
        length = headers.get("Content-Length") or headers.get("content-length")
        for name, value in headers.items():
            if name.lower() != "content-length":
                self.send_header(name, value)
        stated = int(length) if length and self.command == "HEAD" else len(content)
        self.send_header("Content-Length", str(stated + len(extra)))
        self.end_headers()
        if self.command == "HEAD":
            return
        content += extra
        if fault and fault.cut_after is not None:
            self.wfile.write(content[: fault.cut_after])
            self.wfile.flush()
            self._reset()
        elif fault and fault.stall_after is not None:
            self.wfile.write(content[: fault.stall_after])
            self.wfile.flush()
            self.proxy.stalled.set()
            self.proxy.ended.wait(30)
            self._reset()
        else:
            self.wfile.write(content)

    def _reset(self) -> None:
        self.close_connection = True
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            return

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _pass_on  # noqa: N815 - how the server finds them

    def log_message(self, *_: object) -> None:
        """Nothing: what is asked is no output of a test."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A client that hung up is what these tests are about."""


@contextmanager
def faulty(upstream: str) -> Iterator[FaultyProxy]:
    """A proxy before *upstream*."""
    proxy = FaultyProxy(upstream)
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"proxy": proxy}))
    proxy.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield proxy
    finally:
        proxy.ended.set()
        server.shutdown()
        thread.join()
        server.server_close()
