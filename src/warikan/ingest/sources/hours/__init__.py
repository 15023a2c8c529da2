"""Warikan's own files of cluster hours: ``<anything>.<table>.parquet``, of ``warikan collect --out``."""
