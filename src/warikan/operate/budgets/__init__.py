"""Budgets: what may be spent, and how fast it burns."""
