"""The result store's schema, revision by revision (Alembic)."""
