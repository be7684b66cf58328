"""The steps that bring a database from any earlier schema to this one, run by Alembic.

A new step is a module in `versions` named after the one before it; the test that compares the
migrated schema with `schema.metadata` says what it lacks.
"""
