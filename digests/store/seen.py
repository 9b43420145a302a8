"""Whose an article is: the story a chat has it in, and whether the chat may see it."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, true

from digests.store.tables import articles, entries, placements, subscriptions, told, used


def placed_for(chat_id: int | ColumnElement[int] | None) -> ColumnElement[bool]:
    """Joins the placements of a chat, none for None, to their articles."""
    mine = placements.c.chat_id == (0 if chat_id is None else chat_id)
    return and_(placements.c.article_id == articles.c.id, mine)


STORY: ColumnElement[int] = func.coalesce(placements.c.story_id, articles.c.story_id)
"""An article's story, where ``placed_for`` a chat is joined."""


def followed_by(chat_id: int | None) -> ColumnElement[bool]:
    """An entry of a source that the chat follows. None: any."""
    if chat_id is None:
        return true()
    return entries.c.source_id.in_(
        select(subscriptions.c.source_id).where(subscriptions.c.chat_id == chat_id)
    )


def seen_by(chat_id: int | None) -> ColumnElement[bool]:
    """What a chat may be shown: of the sources it follows, and what it was told when it followed them."""
    if chat_id is None:
        return true()
    was_used = exists().where(used.c.chat_id == chat_id, used.c.entry_id == entries.c.id)
    was_told = exists().where(told.c.chat_id == chat_id, told.c.story_id == STORY)
    return or_(followed_by(chat_id), and_(was_used, was_told))
