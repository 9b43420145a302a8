"""A desk with as many rows as wanted, made by the database itself."""

from __future__ import annotations

from sqlalchemy import text

from digests.store import SqlStore
from digests.store.tables import metadata

NOW_SQL = {"postgresql": "timestamptz '2026-03-01 12:00+00'", "sqlite": "'2026-03-01 12:00:00.000000'"}
FILL = (
    "INSERT INTO sources (id, url, kind, name, topics, origin, paused, options, added) "
    "SELECT n, 'https://' || n, 'feed', '', '[]', 'chat', false, '[]', {now} FROM {series:few}",
    "INSERT INTO poll_states (source_id, next_poll, ended, state) SELECT n, {later}, false, '{{}}' FROM {series:few}",
    "INSERT INTO entries (id, source_id, guid, url, title, html, authors, tags, found, read_at, read_failures) "
    "SELECT n, 1 + n % {few}, {n}, {n}, {n}, '', '[]', '[]', {now}, NULL, 0 FROM {series:rows}",
    "INSERT INTO entry_keys (source_id, key, entry_id) SELECT 1 + n % {few}, 'guid:' || n, n FROM {series:rows}",
    "INSERT INTO stories (id, lead_id, version, started, updated) SELECT n, n, 1, {now}, {now} FROM {series:some}",
    "INSERT INTO articles (id, entry_id, story_id, found, body) SELECT n, n, 1 + n % {some}, {now}, {article} FROM {series:rows}",
    "INSERT INTO searchable (article_id, words) SELECT n, 'report ' || n || ' of lot ' || n % 997 FROM {series:100000}",
    "INSERT INTO chats (id, platform, address, thread, kind, title, settings, added, next_digest) "
    "SELECT n, 'telegram', {n}, '', 'private', '', '{{}}', {now}, {later} FROM {series:100000}",
    "INSERT INTO subscriptions (chat_id, source_id, after_entry, created, created_by) "
    "SELECT n, n, 0, {now}, '' FROM {series:few}",
    "INSERT INTO digests (id, chat_id, created, body) SELECT n, 1 + n % {few}, {now}, {digest} FROM {series:200000}",
    "INSERT INTO used (chat_id, entry_id) SELECT 1 + n % {few}, n FROM {series:rows} WHERE n % 3 > 0",
    "INSERT INTO told (chat_id, story_id, digest_id, version) SELECT 1 + n % {few}, n, n, 1 FROM {series:200000} WHERE n % 3 > 0",
    "INSERT INTO deliveries (id, digest_id, chat_id, part, content, nonce, state, attempts, plain) "
    "SELECT n, n, 1 + n % {few}, 0, {part}, {n}, CASE WHEN n > 199900 THEN 'pending' ELSE 'sent' END, 1, false "
    "FROM {series:200000}",
    "INSERT INTO briefs (key, story_id, made, brief) SELECT {n}, 1 + n % {some}, {now}, '' FROM {series:200000}",
    "INSERT INTO votes (chat_id, story_id, person, value, features, at) "
    "SELECT 1 + n % {few}, n, '', 1, '[]', {now} FROM {series:200000}",
    "INSERT INTO withheld (chat_id, story_id, source_id, title, url, rule, at) "
    "SELECT 1 + n % {few}, n, n, '', '', '', {now} FROM {series:200000}",
    "INSERT INTO audit (id, chat_id, person, what, at) SELECT n, 1 + n % {few}, '', '', {now} FROM {series:200000}",
    "INSERT INTO model_calls (id, day, model, chat_id, source_id, amount, settled, input_tokens, output_tokens) "
    "SELECT n, '2026-' || (10 + n % 3) || '-' || (10 + n % 20), '', 1 + n % {few}, n, 1, true, 1, 1 FROM {series:200000}",
    "INSERT INTO model_answers (key, answer, made) SELECT {n}, '', {now} FROM {series:200000}",
)


def _statement(template: str, dialect: str, rows: int) -> str:
    few, some = min(10_000, rows), min(20_000, rows)

    class Series:
        """``{series:N}``: the numbers from 1 to N as rows."""

        def __format__(self, count: str) -> str:
            last = {"rows": rows, "few": few, "some": some}.get(count) or min(int(count), rows)
            if dialect == "postgresql":
                return f"generate_series(1, {last}) AS n"
            return f"(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {last}) SELECT n FROM s)"

    later = "timestamptz '2026-03-02 12:00+00'" if dialect == "postgresql" else "'2026-03-02 12:00:00.000000'"
    return template.format(
        part='\'{"payload": "", "plain": ""}\'',
        n="CAST(n AS text)",
        now=NOW_SQL[dialect],
        later=later,
        series=Series(),
        article='\'{"title": "", "paragraphs": [], "sentences": []}\'',
        digest='\'{"chat_id": 1, "created": "2026-03-01T12:00:00Z", "items": []}\'',
        few=few,
        some=some,
    )


async def fill(store: SqlStore, rows: int) -> None:
    """``rows`` entries with their articles, and no more than that of anything else."""
    dialect = store.database.dialect
    async with store.database.write() as connection:
        if dialect == "postgresql":  # the rows fit; checking each reference would take most of the time
            await connection.execute(text("SET LOCAL session_replication_role = replica"))
        for template in FILL:
            await connection.execute(text(_statement(template, dialect, rows)))
        if dialect == "postgresql":  # which does not count the ids that it is given
            for table in metadata.tables.values():
                if "id" in table.columns:
                    await connection.execute(
                        text(f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), {rows + 1})")
                    )
    async with store.database.write() as connection:
        await connection.exec_driver_sql("ANALYZE")
