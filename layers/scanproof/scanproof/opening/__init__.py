"""From an uploaded file to page images, or to the lines of a visible text layer."""
