"""The small model that the decoding benchmark runs: its shape, its training, its packing."""
