"""Corrects recognised lines and records every edit and refusal: correctors, guards, routing."""
