"""Everything that talks to AWS: objects, records, queues, events."""
