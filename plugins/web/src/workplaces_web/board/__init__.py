"""What a supervisor sees of everybody at once: people, what waits, exact-time calls, transfers, the day in counts."""
