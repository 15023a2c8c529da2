"""Random numbers by name: each part of the estate draws from a stream of its own."""

import hashlib

import numpy as np


def open_stream(seed: int, *name: object) -> np.random.Generator:
    """
    A generator that depends on *seed* and *name* only.

    Adding a stream elsewhere shifts no number of this one, so the estate can grow without changing.
    """
    digest = hashlib.sha256("/".join(str(part) for part in name).encode()).digest()
    words = [int.from_bytes(digest[i : i + 4], "little") for i in range(0, 16, 4)]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *words])))


def hex_id(seed: int, *name: object, length: int = 17) -> str:
    """A stable hexadecimal id, as providers give to instances and volumes."""
    text = "/".join(str(part) for part in (seed, *name))
    return hashlib.sha256(text.encode()).hexdigest()[:length]
