"""The pages of budgets: what may be spent, what was, and where it will end."""
