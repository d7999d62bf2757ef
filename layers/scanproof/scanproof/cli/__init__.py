"""The `scanproof` command."""
