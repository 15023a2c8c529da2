"""The daily and weekly message of a team."""
