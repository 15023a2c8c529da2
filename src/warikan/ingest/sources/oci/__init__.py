"""Oracle Cloud Infrastructure cost reports; its FOCUS reports are read as FOCUS."""
