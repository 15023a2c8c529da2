"""Who owns what, and by which rules: the workspace's files, checked. Imports only the vocabulary."""
