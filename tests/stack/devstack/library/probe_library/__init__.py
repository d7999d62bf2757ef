"""Arrives as a layer does."""

NAME = "probe_library"
