"""Numbers computed from records, each with what it was computed from."""
