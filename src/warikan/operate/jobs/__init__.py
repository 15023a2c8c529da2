"""What runs by itself: each job once when it is due, whoever asks."""
