"""Who may call a server that is for this machine alone."""

import httpx
import pytest

from own_loop import run_alone
from warikan.bootstrap import Workspace
from warikan.cli.serve import make_app, run_serve, trusted_hosts
from warikan.focus.errors import UsageError


def status(workspace: Workspace, host: str, path: str = "/") -> int:
    """What a loopback server answers to a Host header."""
    app = make_app(workspace, hosts=trusted_hosts("127.0.0.1", "127.0.0.1"))

    async def send() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
            return await client.get(path, headers={"Host": host})

    return run_alone(send).status_code


@pytest.mark.parametrize("host", ["localhost", "localhost:8765", "127.0.0.1:1", "[::1]:8765", "LOCALHOST"])
def test_this_machine(workspace: Workspace, host: str) -> None:
    """By any of its own names, on any port."""
    assert status(workspace, host) == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example:8765", ""]
)
@pytest.mark.parametrize("path", ["/", "/api/v1/cost", "/static/none.js"])
def test_a_foreign_name_that_points_here(workspace: Workspace, host: str, path: str) -> None:
    """Is refused before anything is read (DNS rebinding)."""
    assert status(workspace, host, path) == 400


def test_whose_names() -> None:
    """The name that was asked for too; a server for the network answers to any."""
    assert trusted_hosts("Laptop", "127.0.1.1") == ("localhost", "127.0.0.1", "[::1]", "laptop")
    assert trusted_hosts("::1", "::1") == ("localhost", "127.0.0.1", "[::1]")
    assert trusted_hosts("0.0.0.0", "0.0.0.0") == ()  # noqa: S104 - compared, not bound


@pytest.mark.parametrize("port", [-1, 65536, 99999])
def test_a_port_that_is_none(workspace: Workspace, port: int) -> None:
    """Is a usage error that says which there are."""
    with pytest.raises(UsageError, match="0 to 65535"):
        run_serve(workspace.folder, host="127.0.0.1", port=port)
