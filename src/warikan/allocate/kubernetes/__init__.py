"""The cost of a cluster over what ran in it: tables in, Ibis expressions out; no lake, no SQL text."""
