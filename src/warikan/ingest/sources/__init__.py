"""One folder for each kind of bill."""
