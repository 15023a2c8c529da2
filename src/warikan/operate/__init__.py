"""What people do about cost: changes, anomalies, budgets, incidents, reviews, and who is told of them."""
