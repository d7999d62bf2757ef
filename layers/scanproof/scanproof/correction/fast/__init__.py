"""The fast corrector: an edit tagger proposes changes, a reranker decides which are made, and guards check them."""
