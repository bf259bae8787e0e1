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
