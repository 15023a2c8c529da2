"""The page of a team: what its digest says."""
