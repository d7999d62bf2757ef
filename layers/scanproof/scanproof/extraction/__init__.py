"""From lines to key fields: candidates first, validation after.

``extract`` is the door. Each field has a module named by what it finds; all of them ask ``labels`` for the words that
announce a field, ``places`` for where things stand on the page, and ``values`` for what parses.
"""
