"""The page of bills: what came in, and the proof that nothing was lost on the way."""
