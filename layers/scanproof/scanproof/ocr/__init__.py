"""From a page image to lines, words, boxes and confidences: one interface, an engine each behind it."""
