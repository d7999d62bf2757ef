"""Extracts key fields and checks the consistency of numbers: candidates first, then the choice among them.

``extract`` is the entry point. Each field has a module of its own; all of them use ``labels`` for the words that
announce a field, ``spans`` for positions on the page, and ``values`` to parse.
"""
