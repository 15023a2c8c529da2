"""Sentences that look for somebody to blame, and what to say instead. It marks; it never blocks."""

from warikan.operate.reviews.blame.check import KINDS, Kind, Mark, check_text

__all__ = ["KINDS", "Kind", "Mark", "check_text"]
