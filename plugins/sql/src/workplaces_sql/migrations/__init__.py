"""The migrations of the schema, forwards only; Alembic runs them."""
