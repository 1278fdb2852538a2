"""How Alembic runs the migrations: on the connection and inside the transaction that `migrating.py` gives it."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], version_table="wp_version")
context.run_migrations()
