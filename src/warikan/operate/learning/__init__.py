"""What all incidents and reviews together teach: search, similar ones, metrics."""
