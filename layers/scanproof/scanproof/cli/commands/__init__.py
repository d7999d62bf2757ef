"""The commands of `scanproof`, one module each."""
