"""Opens an uploaded file and converts its pages to images, or to the lines of a visible text layer."""
