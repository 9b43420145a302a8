"""When all processes together may write to a platform: one budget, however many workers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, text

from digests.model import Spacing
from digests.ports import Place
from digests.store.database import Database
from digests.store.tables import flood_waits, paces

Key = tuple[str, int]  # an address ("": the whole platform), and which of its limits


class SqlPaces:
    """``ports.Paces``, by the generic cell rate algorithm (ITU-T I.371): of each limit it keeps one
    moment, when the next send could start had there been no burst."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(
        self,
        platform: str,
        whole: Sequence[Spacing],
        wants: Sequence[tuple[str, Sequence[Spacing]]],
        now: datetime,
        until: datetime,
    ) -> list[Place]:
        """As the port says; a lock, two reads and a write for any number of wants."""
        addresses = {"", *(address for address, _ in wants)}
        addresses |= {address.partition("/")[0] for address in addresses}  # whose thread it is
        known = select(paces).where(paces.c.platform == platform, paces.c.address.in_(addresses))
        async with self._database.write() as connection:
            if self._database.dialect != "sqlite":  # whose writer is alone anyway
                await connection.execute(
                    text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": f"paces {platform}"}
                )
            rows = await connection.execute(known)
            waits = select(flood_waits.c.address, flood_waits.c.until).where(
                flood_waits.c.platform == platform,
                flood_waits.c.address.in_(addresses),
                flood_waits.c.until > now,
            )
            flooded = {row.address: row.until for row in await connection.execute(waits)}
            before = {(row.address, row.place): row.free for row in rows}
            free = dict(before)
            starts = []
            for address, own in wants:
                flood = max(flooded.get("", now), flooded.get(address.partition("/")[0], now))
                place = Place(flood, False) if flood > now else _place(free, whole, address, own, now, until)
                starts.append(place)
            changed = [
                {"platform": platform, "address": address, "place": place, "free": moment}
                for (address, place), moment in free.items()
                if before.get((address, place)) != moment
            ]
            if changed:
                new = self._database.insert(paces).values(changed)
                save = new.on_conflict_do_update(
                    index_elements=["platform", "address", "place"], set_={"free": new.excluded.free}
                )
                await connection.execute(save)
        return starts

    async def forget(self, now: datetime) -> None:
        """Drop what no longer keeps anybody waiting."""
        async with self._database.write() as connection:
            await connection.execute(delete(paces).where(paces.c.free < now))


def _place(
    free: dict[Key, datetime],
    whole: Sequence[Spacing],
    address: str,
    own: Sequence[Spacing],
    now: datetime,
    until: datetime,
) -> Place:
    """A place for one send; ``free`` is moved on where it is taken."""
    line = _earliest(free, "", whole, now)
    ready = _earliest(free, address, own, now)
    start = max(line, ready)
    taken = start <= until and (ready <= line or not whole)
    if taken:
        for where, spacings in (("", whole), (address, own)):
            for number, spacing in enumerate(spacings):
                free[where, number] = max(free.get((where, number), start), start) + spacing.every
    return Place(start, taken)


def _earliest(
    free: dict[Key, datetime], address: str, spacings: Sequence[Spacing], now: datetime
) -> datetime:
    moments = [
        free.get((address, number), now) - spacing.every * (spacing.burst - 1)
        for number, spacing in enumerate(spacings)
    ]
    return max(now, *moments) if moments else now
