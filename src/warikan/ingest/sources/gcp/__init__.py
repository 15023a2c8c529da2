"""Google Cloud's billing export of BigQuery, standard and detailed; its FOCUS export is read as FOCUS."""
