"""What each sender says, as drafts: a file for each; registry.py knows them by name and by look."""
