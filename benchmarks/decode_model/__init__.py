"""The small model of the decoding benchmark: architecture, training, storage."""
