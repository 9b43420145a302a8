"""What is searched, liked, muted and changed, and by whom."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from digests.store.search_index import POSTGRESQL, SQLITE, index_words
from digests.store.tables import articles

revision = "0004"
down_revision = "0003"

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.DateTime(timezone=True)
_AT_ONCE = 200


def upgrade() -> None:
    op.create_table(
        "searchable",
        sa.Column("article_id", BigId, autoincrement=False, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_searchable_article_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("article_id", name=op.f("pk_searchable")),
    )
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(sa.text(statement))
    _index_what_is_there()
    _of_a_chat(
        "votes",
        sa.Column("story_id", BigId, autoincrement=False, nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("features", sa.Text(), nullable=False),
        sa.Column("at", Moment, nullable=False),
        key=("story_id", "person"),
    )
    op.create_index(op.f("ix_votes_chat_id_at"), "votes", ["chat_id", "at"], unique=False)
    _of_a_chat(
        "mutes",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target", BigId, autoincrement=False, nullable=False),
        sa.Column("until", Moment, nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        key=("kind", "target"),
    )
    _of_a_chat(
        "managers",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("added", Moment, nullable=False),
        key=("person",),
    )
    _of_a_chat(
        "chat_limits",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        key=("kind",),
    )
    op.create_table(
        "allowed_chats",
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("added", Moment, nullable=False),
        sa.PrimaryKeyConstraint("platform", "address", name=op.f("pk_allowed_chats")),
    )
    op.create_table(
        "audit",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("chat_id", BigId, nullable=True),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["chat_id"], ["chats.id"], name=op.f("fk_audit_chat_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_audit_chat_id_id"), "audit", ["chat_id", "id"], unique=False)
    op.create_index(op.f("ix_audit_at"), "audit", ["at"], unique=False)


def _of_a_chat(name: str, *columns: sa.Column[object], key: tuple[str, ...]) -> None:
    op.create_table(
        name,
        sa.Column("chat_id", BigId, nullable=False),
        *columns,
        sa.ForeignKeyConstraint(
            ["chat_id"], ["chats.id"], name=op.f(f"fk_{name}_chat_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("chat_id", *key, name=op.f(f"pk_{name}")),
    )


def _index_what_is_there() -> None:
    connection = op.get_bind()
    searchable = sa.table("searchable", sa.column("article_id"), sa.column("words"))
    last = 0
    while True:
        some = sa.select(articles.c.id, articles.c.body).where(articles.c.id > last)
        rows = connection.execute(some.order_by(articles.c.id).limit(_AT_ONCE)).all()
        if not rows:
            return
        made = [{"article_id": row.id, "words": index_words(row.body)} for row in rows]
        connection.execute(sa.insert(searchable), made)
        last = rows[-1].id
