"""The pages of reviews: what was learned from incidents, written together."""
