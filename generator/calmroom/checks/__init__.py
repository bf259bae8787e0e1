"""Checks of quality: what a valid record still lacks to be a good one, each with what to write instead.

`calmroom check`, `calmroom review` and `calmroom fix` run them; a build does not. Each check is one small module that
takes a `Subject` and yields findings; `register` names them all.
"""
