"""Making the sample scans: what stands on them, how it is set, and what happens to the paper."""
