"""Hostile files: made by a seed when they are needed, never stored."""
