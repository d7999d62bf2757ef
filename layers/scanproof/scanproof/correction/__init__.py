"""From raw lines to proofread lines and an audit: correctors, guards, routing."""
