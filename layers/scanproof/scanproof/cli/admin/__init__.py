"""Administration of a running stack: upload, search, replay, redrive, backfill, teardown."""
