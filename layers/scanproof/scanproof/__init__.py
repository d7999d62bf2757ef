"""Scanproof: proofread text, key fields and an audit trail from scans.

The way of a scan through this package, in the order of its folders: `opening` (file -> page images), `recognising`
(image -> lines, words, boxes), `correcting` (raw lines -> proofread lines and an audit), `fields` (lines -> key
fields), `publishing` (pages -> output files). `pipeline` strings them together for a laptop, `steps` for the three
functions; `aws` keeps everything that talks to AWS.
"""

__version__ = "0.1.0"
