"""The tables, one file for each part of `operate` that keeps them."""
