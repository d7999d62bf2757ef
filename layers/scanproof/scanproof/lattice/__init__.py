"""The lattice: what a recogniser considered at each time step, beside the text that it chose.

This package holds the values and their file format, which need no numpy, and the forward algorithm, which does.
"""
