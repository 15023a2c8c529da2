"""Bills in FOCUS 1.0 to 1.4."""
