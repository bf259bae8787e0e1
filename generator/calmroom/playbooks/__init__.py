"""What to say and what to do: scripts, terms and playbooks, read and checked like records.

`model` is the contract of each; `reader` reads their files; `rules` checks what spans them; `terms` finds the
glossary's terms in any text; `slots` fills what a script leaves open.
"""
