"""From every schema there was, with data in it, to this version's."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from digests.model import DeliveryState
from digests.store import open_store
from digests.store.schema import alembic_config, newest, revisions
from digests.store.upgrading import plan, upgrade_now

pytestmark = pytest.mark.slow

# What the first version wrote; later versions must still read it.
FIRST_DATA = """
INSERT INTO sources (id, url, kind, name, topics, origin, paused, options, added)
VALUES (1, 'https://a.example/feed', 'feed', 'A', '["world"]', 'chat', 0, '[]', '2026-01-01 08:00:00.000000');
INSERT INTO poll_states (source_id, next_poll, ended, state)
VALUES (1, '2026-01-01 09:00:00.000000', 0, '{"etag": "x", "interval": "PT30M", "failures": 2}');
INSERT INTO entries (id, source_id, guid, url, title, html, authors, tags, found, read_failures)
VALUES (1, 1, 'g1', 'https://a.example/1', 'One', '<p>One.</p>', '[]', '[]', '2026-01-01 08:00:00.000000', 0);
INSERT INTO entry_keys (source_id, key, entry_id) VALUES (1, 'guid:g1', 1);
INSERT INTO stories (id, lead_id, version, started, updated)
VALUES (1, 1, 1, '2026-01-01 08:00:00.000000', '2026-01-01 08:00:00.000000');
INSERT INTO articles (id, entry_id, story_id, found, body)
VALUES (1, 1, 1, '2026-01-01 08:00:00.000000',
        '{"id": 1, "entry_id": 1, "source_id": 1, "title": "One", "paragraphs": ["One."], "sentences": ["One."]}');
INSERT INTO chats (id, platform, address, thread, kind, title, settings, added)
VALUES (1, 'telegram', '-100', '', 'group', 'Readers', '{"cadence": "hourly", "zone": "Europe/Berlin"}',
        '2026-01-01 08:00:00.000000');
INSERT INTO subscriptions (id, chat_id, source_id, after_entry, created, created_by)
VALUES (1, 1, 1, 0, '2026-01-01 08:00:00.000000', 'telegram:7');
INSERT INTO digests (id, chat_id, created, body)
VALUES (1, 1, '2026-01-01 08:00:00.000000',
        '{"id": 1, "chat_id": 1, "created": "2026-01-01T08:00:00Z", "items": []}');
INSERT INTO deliveries (id, digest_id, chat_id, part, content, nonce, state, attempts, plain)
VALUES (1, 1, 1, 0, '{"payload": "{}", "plain": "One."}', 'n1', 'pending', 0, 0);
"""


def made_at(path: Path, schema: str) -> None:
    """A database as it stood at that schema, with the first version's data."""
    engine = create_engine(f"sqlite:///{path}")
    config = alembic_config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, schema)
    engine.dispose()
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(FIRST_DATA)


def test_each_migrations_file_begins_with_its_number() -> None:
    directory = ScriptDirectory.from_config(alembic_config())
    assert {script.revision for script in directory.walk_revisions()} == revisions()
    assert directory.get_current_head() == newest()


@pytest.mark.parametrize("schema", sorted(revisions()))
async def test_everything_is_still_there(schema: str, tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite3"
    made_at(path, schema)
    async with open_store(str(path)) as store:
        (source,) = await store.sources.all()
        assert (source.url, source.topics) == ("https://a.example/feed", ("world",))
        assert (await store.sources.state(1)).failures == 2
        assert await store.entries.known(1, ["guid:g1"]) == {"guid:g1": 1}
        story = await store.stories.get(1)
        assert story is not None
        assert story.lead.sentences == ("One.",)
        chat = await store.chats.get(1)
        assert chat is not None
        assert (chat.settings.cadence, chat.settings.zone) == ("hourly", "Europe/Berlin")
        assert [c.entry_ids for c in await store.digests.candidates(1, 10)] == [(1,)]
        ((delivery, to),) = await store.deliveries.due(datetime(2026, 2, 1, tzinfo=UTC), 10)
        assert (delivery.state, delivery.content.plain, to.id) == (DeliveryState.PENDING, "One.", 1)
    copied = tmp_path / f"s.sqlite3.schema-{schema}"
    assert copied.is_file() == (schema != max(revisions()))  # by merely opening it, as newsdesk run does


async def test_a_trial_changes_nothing_and_the_upgrade_keeps_a_copy(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite3"
    made_at(path, "0001")
    before = path.read_bytes()
    steps = await plan(str(path))
    assert [step.schema for step in steps] == sorted(revisions())[1:]
    assert all(step.what for step in steps)
    assert path.read_bytes() == before
    assert await upgrade_now(str(path)) == steps
    assert await plan(str(path)) == []
    with closing(sqlite3.connect(tmp_path / "s.sqlite3.schema-0001")) as kept:
        assert kept.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
        assert kept.execute("SELECT url FROM sources").fetchone() == ("https://a.example/feed",)


async def test_a_new_database_needs_no_copy(tmp_path: Path) -> None:
    assert [s.schema for s in await upgrade_now(str(tmp_path / "s.sqlite3"))] == sorted(revisions())
    assert [p.name for p in tmp_path.iterdir() if "schema-" in p.name] == []
