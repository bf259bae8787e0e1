"""`python -m calmroom` is the command `calmroom`."""

from calmroom.cli import main

main(prog_name="calmroom")
