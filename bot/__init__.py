"""The chat side: commands, schedule, delivery."""
