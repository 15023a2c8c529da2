"""What leaves: the allocated charges as FOCUS files that other programs read."""
