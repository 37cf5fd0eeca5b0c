"""Alembic's entry: runs on the connection that `matcher.store.engine.migrate` hands over."""

from alembic import context
from sqlmodel import SQLModel

import matcher.store.tables  # noqa: F401 - fills the metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
