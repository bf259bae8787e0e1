"""The pinned packages: what they are licensed under, and whether a database knows a weakness of theirs."""
