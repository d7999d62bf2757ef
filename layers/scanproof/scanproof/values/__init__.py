"""Parses exact values in text: numbers, amounts, dates, times, codes, addresses.

Each parser has a module of its own; ``find`` locates the values of a line. Nothing here depends on pages or models.
"""
