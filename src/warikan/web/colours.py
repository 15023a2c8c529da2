"""Colours of series: eight fixed slots, the same entity in the same colour wherever it can be."""

import zlib
from collections.abc import Sequence

SLOTS = 8
"""The palette is in the style sheet (``--slot-0`` to ``--slot-7``): Okabe-Ito's hues moved apart until
every pair differs by at least 0.10 (OKLab) under deuteranopia and protanopia, 3:1 on the card."""


def assign_slots(column: str, keys: Sequence[str | None], known: Sequence[str] = ()) -> dict[str | None, int]:
    """
    One slot for each of *keys* (at most SLOTS of them; largest first), no slot twice.

    A key's own slot is its place among *known* (the catalogue's ids), else a hash of its name; when
    that is taken by a larger one, the next free slot. None (no value) has no slot: it is drawn grey.
    """
    place = {key: i for i, key in enumerate(known)}
    slots: dict[str | None, int] = {}
    for key in keys:
        if key is None or len(slots) == SLOTS:
            continue
        own = place[key] if key in place else zlib.crc32(f"{column}={key}".encode())
        slots[key] = next(s for i in range(SLOTS) if (s := (own + i) % SLOTS) not in slots.values())
    return slots
