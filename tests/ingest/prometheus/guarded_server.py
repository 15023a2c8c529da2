"""A real server on the loopback before a metrics server: lets in who shows the right thing, and may break."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx

Guard = Callable[[BaseHTTPRequestHandler, str], int]
"""What is answered to a request (its head and body) instead of passing it on; 0 passes it on."""


@contextmanager
def guarded(upstream: str, guard: Guard, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """The address of a server before *upstream*."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, content = guard(self, body.decode()), b"refused: " + body
            if not status:
                answer = httpx.post(
                    f"{upstream}{self.path}",
                    content=body,
                    headers={"Content-Type": self.headers["Content-Type"]},
                )
                status, content = answer.status_code, answer.content
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Nothing: what is asked is no output of a test."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"{'http' if tls is None else 'https'}://localhost:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
