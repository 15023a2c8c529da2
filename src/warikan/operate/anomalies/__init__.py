"""Anomalies: found by `insights.anomaly`, kept with what people said of them."""
