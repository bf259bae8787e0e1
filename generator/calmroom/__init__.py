"""Calmroom: incident records in, a calm post-mortem knowledge base out.

The data goes one way: `records` reads files into values and diagnostics, `knowledge` holds them all, `insight`
computes, `site` renders and publishes through MkDocs, and `cli` is the thin edge a person types at. `ARCHITECTURE.md`
at the top of the repository says why.
"""

import os

__version__ = "0.1.0"

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
"""What runs beside each other here are processes: with threads of NumPy's in each they wait for one another, twice as
long, and a process with threads should not be forked. It is read when NumPy is first imported."""
