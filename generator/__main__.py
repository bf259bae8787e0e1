"""`python -m generator` is the command `calmroom`."""

from generator.cli import main

main(prog_name="calmroom")
