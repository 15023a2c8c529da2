"""Fill the lake from bills: read, type, convert to one schema, prove, commit. Start at load.py."""
