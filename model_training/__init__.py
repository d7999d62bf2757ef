"""Makes noisy text, trains the bundled fast corrector, calibrates and measures it. Never needed at run time."""
