"""Finds tables on pages, and the line items in them: geometry of words and ruled lines, without image or model."""
