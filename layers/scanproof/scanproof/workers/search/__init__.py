"""Search over published documents: one SQLite file in the results bucket, written by MaintenanceFunction alone."""
