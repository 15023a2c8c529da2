"""Real HTTP servers on loopback that speak as GitHub, GitLab and Jira do about issues."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "tok-secret-123"  # noqa: S105 - of a server in this process


@dataclass
class Board:
    """
    The issues of a server, and how it behaves.

    Attributes:
        answers: Statuses for the next requests that make an issue, instead of making it.
        is_silent: Makes the issue and closes the connection without an answer: nobody knows.
        asked: (method, path with query, headers) of each request.
    """

    url: str = ""
    issues: list[dict[str, Any]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    is_silent: bool = False
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    others: int = 0
    """Issues of others that the lists begin with."""


@contextmanager
def tracker_server(kind: str) -> Iterator[Board]:
    """A running server of *kind*."""
    board = Board()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Nothing on stderr."""

        def _say(self, status: int, body: Any) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def _note(self) -> None:
            board.asked.append((self.command, self.path, dict(self.headers)))

        def do_GET(self) -> None:
            """List or search."""
            self._note()
            query = parse_qs(urlsplit(self.path).query)
            if kind == "jira":
                wanted = [
                    i for i in board.issues if any(f'"{label}"' in query["jql"][0] for label in i["labels"])
                ]
                self._say(200, {"issues": [{"key": i["key"]} for i in wanted]})
                return
            others = [{"body": None, "description": "x", "html_url": "http://o"} for _ in range(board.others)]
            page, size = int(query["page"][0]), int(query["per_page"][0])
            self._say(200, [*others, *board.issues][(page - 1) * size : page * size])

        def do_POST(self) -> None:
            """Make an issue."""
            self._note()
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if board.answers:
                self._say(board.answers.pop(0), {"message": f"no: {TOKEN}"})
                return
            number = len(board.issues) + 1
            made = body.get("fields", body) | {"key": f"OPS-{number}"}
            made |= {"html_url": f"{board.url}/issues/{number}", "web_url": f"{board.url}/-/issues/{number}"}
            board.issues.append(made)
            if board.is_silent:
                self.close_connection = True
                return
            self._say(201, made)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    board.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield board
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
