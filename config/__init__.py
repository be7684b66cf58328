"""What can be set, and its defaults."""
