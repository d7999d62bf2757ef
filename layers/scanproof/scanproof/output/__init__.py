"""From pages to a document and its output files."""
