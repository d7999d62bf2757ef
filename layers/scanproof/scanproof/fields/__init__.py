"""From lines to key fields: candidates first, validation after."""
