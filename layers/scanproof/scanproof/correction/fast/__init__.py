"""The fast corrector: an edit tagger that says for each character keep, delete, replace or append."""
