"""Recognises page images as lines, words, boxes and confidences: one interface, several engines."""
