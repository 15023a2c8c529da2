"""Whole numbers in arrays: as the decimals that bills hold, without passing a float; and rows repeated."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from warikan.estate.timeline import Ints

Mask = npt.NDArray[np.bool_]


def to_text(values: Ints, scale: int, valid: Mask, *, strip: bool) -> pa.Array:
    """
    *values* × ``10 ** -scale`` as plain decimal text, null where not *valid*.

    Every value has *scale* decimals, unless *strip* leaves trailing zeros out.
    """
    magnitude = np.abs(values)
    unit = 10**scale
    whole = pc.cast(pa.array(magnitude // unit), pa.string())
    # One more digit in front keeps the leading zeros of the fraction.
    fraction = pc.utf8_slice_codeunits(pc.cast(pa.array(magnitude % unit + unit), pa.string()), 1)
    sign = pa.array(np.where(values < 0, "-", ""))
    text = pc.binary_join_element_wise(pc.binary_join_element_wise(sign, whole, ""), fraction, ".")
    if strip:
        text = pc.utf8_rtrim(pc.utf8_rtrim(text, "0"), ".")
    return pc.if_else(pa.array(valid), text, pa.scalar(None, pa.string()))


def to_decimals(values: Ints, scale: int, valid: Mask) -> pa.Array:
    """*values* × ``10 ** -scale`` as decimal(38, scale), null where not *valid*."""
    words = np.empty((len(values), 2), dtype=np.int64)
    words[:, 0] = values
    words[:, 1] = values >> 63
    bits = np.packbits(valid, bitorder="little")
    return pa.Array.from_buffers(
        pa.decimal128(38, scale), len(values), [pa.py_buffer(bits.tobytes()), pa.py_buffer(words.tobytes())]
    )


def repeat_rows(counts: Ints) -> tuple[Ints, Ints]:
    """Row *i* as often as *counts* says: the row, and which repetition of it."""
    row = np.repeat(np.arange(len(counts)), counts)
    return row, np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
