"""What all tables are made with."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, MetaData

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


BigId = BigInteger().with_variant(Integer(), "sqlite")  # SQLite's own row id must be an INTEGER


def own_id() -> Column[int]:
    return Column("id", BigId, primary_key=True, autoincrement=True)


def link(name: str, target: str, *, key: bool = False, keep: bool = False) -> Column[int]:
    """A reference; its row goes with the target, or stays without it where ``keep``."""
    ondelete = "SET NULL" if keep else "CASCADE"
    return Column(name, BigId, ForeignKey(f"{target}.id", ondelete=ondelete), primary_key=key, nullable=keep)
