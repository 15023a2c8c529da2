"""What the numbers say: forecasts and anomalies. Pure functions: no lake, no state, no clock."""
