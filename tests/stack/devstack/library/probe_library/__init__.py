"""Stands for the content of a layer."""

NAME = "probe_library"
