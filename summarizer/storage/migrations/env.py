"""What Alembic runs: the steps, on the connection and in the transaction it is given."""

from alembic import context

from summarizer.storage.migrations import VERSION_TABLE
from summarizer.storage.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    render_as_batch=True,
)
context.run_migrations()
