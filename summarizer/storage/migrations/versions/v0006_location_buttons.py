"""Which message put the button that shares a location on a person's screen."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("chats", sa.Column("location_button", sa.BigInteger(), nullable=True))
