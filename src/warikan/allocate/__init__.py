"""Who pays, and why: ownership, sharing, proof, roll-up and explanation. Ibis expressions, no SQL text."""
