"""The store of Workplaces in SQLite or PostgreSQL."""
