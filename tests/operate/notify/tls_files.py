"""A certificate for 127.0.0.1, and the authority that signed it, made with OpenSSL's own command."""

import subprocess
from pathlib import Path

import pytest


def make_authority(folder: Path) -> Path:
    """Write ``ca.pem``, ``server.pem`` and ``server.key`` into *folder*; skips where there is no openssl."""
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    commands: list[tuple[str, ...]] = [
        ("req", "-x509", *curve, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=CA", "-days", "3650"),
        ("req", *curve, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost"),
        (
            "x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
            "-out", "server.pem", "-days", "3650", "-extfile", "names",
        ),
    ]  # fmt: skip
    try:
        for command in commands:
            subprocess.run(["openssl", *command], cwd=folder, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl is not here: certificates for tests are made with it")
    return folder
