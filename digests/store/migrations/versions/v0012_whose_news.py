"""What a chat is shown rests on what it follows: stories, names and numbers of its own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("articles", sa.Column("changes", sa.Integer()))
    op.add_column("articles", sa.Column("placed", sa.DateTime(timezone=True)))
    op.execute("UPDATE articles SET placed = found WHERE story_id IS NOT NULL")
    op.execute(
        "UPDATE articles SET changes = (SELECT version - 1 FROM stories WHERE lead_id = articles.id) "
        "WHERE id IN (SELECT lead_id FROM stories WHERE version > 1)"
    )
    op.drop_index("ix_articles_story_id", "articles")
    op.create_index(op.f("ix_articles_story_id_placed"), "articles", ["story_id", "placed"])
    op.create_table(
        "placements",
        sa.Column("chat_id", BigId, nullable=False),
        sa.Column("article_id", BigId, nullable=False),
        sa.Column("story_id", BigId, nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["chat_id"], ["chats.id"], name=op.f("fk_placements_chat_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_placements_article_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["story_id"], ["stories.id"], name=op.f("fk_placements_story_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("chat_id", "article_id", name=op.f("pk_placements")),
    )
    op.create_index(op.f("ix_placements_article_id"), "placements", ["article_id"])
    op.create_index(op.f("ix_placements_story_id"), "placements", ["story_id"])
    op.create_table(
        "story_numbers",
        sa.Column("chat_id", BigId, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("story_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(
            ["chat_id"], ["chats.id"], name=op.f("fk_story_numbers_chat_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["story_id"], ["stories.id"], name=op.f("fk_story_numbers_story_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("chat_id", "number", name=op.f("pk_story_numbers")),
    )
    op.create_index(op.f("ix_story_numbers_story_id"), "story_numbers", ["story_id"])
    op.execute(  # what was told goes by the number it was told under
        "INSERT INTO story_numbers (chat_id, number, story_id) "
        "SELECT DISTINCT told.chat_id, told.story_id, told.story_id FROM told "
        "JOIN stories ON stories.id = told.story_id"
    )
    op.add_column("subscriptions", sa.Column("number", sa.Integer()))
    op.add_column("subscriptions", sa.Column("name", sa.Text()))
    op.add_column("subscriptions", sa.Column("topics", sa.Text()))
    op.add_column("told", sa.Column("words", sa.Text()))
