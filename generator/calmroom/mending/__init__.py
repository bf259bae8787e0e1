"""Safe mending of records: `calmroom fix`. What a file means stays the same, and so do its comments and quotes."""
