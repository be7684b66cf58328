"""The steps that bring a database from any earlier schema to this one, run by Alembic.

A new step is a module in `versions` named after the one before it; the test that compares the
migrated schema with `schema.metadata` says what it lacks.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory

FOLDER = Path(__file__).parent
# Our own name, so that the database may be shared with another program that uses Alembic.
VERSION_TABLE = "digest_bot_version"


def revisions() -> tuple[str, ...]:
    """Return the revisions this code knows, the current one first."""
    return _revisions(FOLDER)


def make_config() -> Config:
    """Return what Alembic needs to find the steps; no alembic.ini is read."""
    return _config(FOLDER)


@cache
def _revisions(folder: Path) -> tuple[str, ...]:
    script = ScriptDirectory.from_config(_config(folder))
    return tuple(step.revision for step in script.walk_revisions())


def _config(folder: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    return config
