"""The three steps of the pipeline as functions run them: each takes a claim check, does its part, hands on the next."""
