"""Who is told, through which channel, exactly once."""
