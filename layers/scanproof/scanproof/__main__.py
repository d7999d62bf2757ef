"""Runs the command line: ``python -m scanproof``."""

from scanproof.cli.main import main

main(prog_name="scanproof")
