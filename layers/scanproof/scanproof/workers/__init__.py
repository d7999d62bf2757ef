"""The three functions' work: messages in, S3 objects, records, messages and events out. The only AWS code they use."""
