"""Bringing records in from elsewhere, and later out again."""
