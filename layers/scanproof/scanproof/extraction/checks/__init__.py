"""Flags numbers that do not agree with each other or with their check digits; never rewrites them.

A check flags only where the page shows clearly which numbers belong together, so no flag is no proof of correctness.
"""
