"""Ask the lake: a question about cost becomes one Ibis expression and one Arrow table."""
