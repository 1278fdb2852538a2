"""Takes on PostgreSQL that cost less. The function of before stays, for processes that have not been replaced yet."""

from alembic import op

from workplaces_sql.migrations.taking_0002 import TAKE_FIRST

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the function; on SQLite there is nothing to do."""
    if op.get_bind().dialect.name == "postgresql":
        op.get_bind().exec_driver_sql(TAKE_FIRST)
