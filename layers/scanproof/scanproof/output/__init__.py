"""Assembles documents and renders their output files."""
