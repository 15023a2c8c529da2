"""
Cluster hours into the lake: which days are due, read from a source, checked, and kept a whole day at a time.

source.py is the door for sources (one folder each in ``ingest/sources/``), collect.py decides what to read,
days.py gathers it to whole days, check.py refuses what cannot be, shelf.py and the two beside it keep days.
"""
