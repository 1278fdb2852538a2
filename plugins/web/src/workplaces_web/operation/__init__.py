"""What keeps the service running: whether it lives, what it counts, what it logs."""
