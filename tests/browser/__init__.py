"""What people look at, in a real browser: `make test-browser`, with Chromium installed."""
