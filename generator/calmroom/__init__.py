"""Calmroom: incident records in, a calm post-mortem knowledge base out.

The data goes one way: `records` reads files into values and diagnostics, `knowledge` holds them all, `insight`
computes, `site` renders and publishes through MkDocs, and `cli` is the thin edge a person types at. `ARCHITECTURE.md`
at the top of the repository says why.
"""

__version__ = "0.1.0"
