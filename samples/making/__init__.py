"""Makes the sample scans: their texts, the typesetting, and the degradation of the scan."""
