"""Which broken feeds the operators were told of."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column(
        "feeds", sa.Column("alerted", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
