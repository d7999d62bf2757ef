"""What a piece of text means, if it means anything exact: numbers, amounts, dates, codes, addresses.

Each module knows one kind; ``find`` runs over a line and says where values stand. Nothing here knows of pages or
models.
"""
