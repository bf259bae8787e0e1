"""Finding again: what is searched, the words it is found by, and how hits are ranked."""
