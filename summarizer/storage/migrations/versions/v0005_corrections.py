"""Cited pages that are read again, and messages that are edited."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "rereads",
        sa.Column("article_id", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("article_id", "due_at", name=op.f("pk_rereads")),
    )
    op.create_index(op.f("ix_rereads_due_at"), "rereads", ["due_at"])
    op.add_column("messages", sa.Column("edit_at", sa.DateTime(timezone=True), nullable=True))
    edited = sa.text("edit_at IS NOT NULL")
    op.create_index(
        "ix_messages_edit_at",
        "messages",
        ["edit_at"],
        sqlite_where=edited,
        postgresql_where=edited,
    )
    op.create_index(op.f("ix_posts_story_id"), "posts", ["story_id"])
