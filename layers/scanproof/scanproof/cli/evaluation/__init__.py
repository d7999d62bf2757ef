"""Measuring a corrector against truth."""
