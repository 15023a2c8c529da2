"""The pages of anomalies, incidents and changes."""
