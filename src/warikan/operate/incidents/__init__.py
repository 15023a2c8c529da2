"""Incidents: unexpected rises of cost that people deal with, from declared to verified on the bill."""
