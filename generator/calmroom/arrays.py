"""Values and arrays as bytes and back, for what is kept: JSON and NumPy's own format, and nothing that can run."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

import numpy as np


def packed(values: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> bytes:
    """Return plain values and arrays as bytes."""
    told = json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    out = io.BytesIO()
    np.savez(out, told=np.frombuffer(told, dtype=np.uint8), **arrays)  # type: ignore[arg-type]
    return out.getvalue()


def unpacked(content: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return what was packed; raises `ValueError` where it was not."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as found:
            arrays = {name: found[name] for name in found.files}
        told = json.loads(arrays.pop("told").tobytes())
    except (OSError, KeyError, EOFError, ValueError) as error:
        raise ValueError(f"not packed by us: {error}") from None
    return told, arrays


def lines_of(starts: np.ndarray, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return for some things, in the order `chosen`, where the lines of each begin then, and where they stand now.

    The lines of thing n stand at `starts[n]:starts[n + 1]`.
    """
    lengths = np.diff(starts)[chosen]
    begins = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    return begins, np.repeat(starts[chosen] - begins[:-1], lengths) + np.arange(begins[-1])
