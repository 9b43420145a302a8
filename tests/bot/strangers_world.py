"""A whole desk for two strangers, in memory and on a standing clock: what each of them reads, byte by byte."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape

from bot.access import Access
from bot.commands import Commands
from bot.commands.service import Service
from bot.config import Settings
from bot.conversation import Attachment, Person, Request
from bot.live import LiveSettings
from bot.render.digest_text import digest_text
from digests.brief.extractive.summarizer import ExtractiveSummarizer
from digests.deliver.outbox import Outbox
from digests.deliver.pacing import Pacer
from digests.desk import Asks, Desk, Editor, Intake
from digests.desk.asks import Questions
from digests.desk.live import DeskSettings
from digests.jobs.local import LocalJobs
from digests.model import Article, Chat, Delivery, Digest, Entry, Failure, Page, Part, Source
from digests.ports import Outcome
from digests.store import SqlStore
from digests.testing import FakeChannel, FakeClock, FakeFetcher
from digests.watch.cadence import Bounds
from digests.watch.feeds import FeedReader
from digests.watch.offload import Offload

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
DESKS = "https://northvale.example/feed"
"""The one source of the configuration file."""


@dataclass
class Item:
    """What a feed tells; ``gone``: no more."""

    title: str
    text: str
    at: datetime
    gone: bool = False


@dataclass
class Site:
    """A feed under somebody's hands."""

    url: str
    name: str
    items: list[Item]
    moved: str | None = None

    def pages(self, now: datetime) -> dict[str, Page]:
        """The feed and its items' pages."""
        rows = "".join(
            f"<item><title>{escape(item.title)}</title><link>{self.url}/{n}</link><guid>{self.url}/{n}</guid>"
            f"<pubDate>{item.at:%a, %d %b %Y %H:%M:%S} +0000</pubDate>"
            f"<description>{escape(item.text)}</description></item>"
            for n, item in enumerate(self.items)
            if not item.gone
        )
        feed = f"<rss version='2.0'><channel><title>{escape(self.name)}</title>{rows}</channel></rss>"
        found = {
            f"{self.url}/{n}": Page(url=f"{self.url}/{n}", status=200, body=item.text.encode())
            for n, item in enumerate(self.items)
        }
        return found | {
            self.url: Page(
                url=self.url,
                status=200,
                body=feed.encode(),
                content_type="application/rss+xml",
                moved_to=self.moved,
            )
        }


async def extract(entry: Entry, page: Page | None) -> Article | Failure:
    """The page's sentences as they stand, and the name that its site gives itself."""
    text = page.body.decode() if page else entry.title
    sentences = tuple(line for line in text.split("\n") if line)
    return Article(
        entry_id=entry.id, source_id=entry.source_id, url=entry.url, title=entry.title, site="BBC News",
        paragraphs=sentences, sentences=sentences, language="en", published=entry.published,
    )  # fmt: skip


class Paper(FakeChannel):
    """A platform that shows every word and every link, and keeps what went to whom."""

    def __init__(self, platform: str) -> None:
        super().__init__(platform)
        self.sent_to: list[tuple[str, Delivery]] = []

    async def send(self, chat: Chat, delivery: Delivery) -> Outcome:
        self.sent_to.append((chat.address, delivery))
        return await super().send(chat, delivery)

    def parts(self, digest: Digest, chat: Chat) -> tuple[Part, ...]:
        stories = tuple(item.story_id for item in (*digest.items, *digest.headlines))
        said = f"{digest_text(digest)!r} {[item.image for item in digest.items]!r}"
        return (Part(payload=said, plain=said, stories=stories),)


class Anywhere:
    """Everybody manages the chat they are in."""

    async def lookup(self, name: str, here: Chat) -> Chat | Failure:
        raise AssertionError(name)

    async def manages(self, chat: Chat, person: Person) -> bool | Failure:
        return True

    async def present(self, chat: Chat, person: Person) -> bool | Failure:
        return True

    def within(self, chat: Chat) -> tuple[str, ...]:
        return ()

    async def can_post(self, chat: Chat) -> Failure | None:
        return None


class World:
    """A desk, its sites, and the people who talk to it."""

    def __init__(self, store: SqlStore, offload: Offload) -> None:
        self.store = store
        self.clock = FakeClock(START)
        self.sites: dict[str, Site] = {}
        self.fetcher = FakeFetcher({})
        self.paper = Paper("fake")
        self.said: dict[str, list[str]] = {}
        readers = {"feed": FeedReader(self.fetcher, offload)}
        bounds = Bounds(shortest=timedelta(minutes=5), longest=timedelta(minutes=5))
        self.intake = Intake(
            store,
            readers,
            self.fetcher,
            extract,
            DeskSettings(bounds=bounds, together=1),
            random_state=random.Random(1),
        )
        summarizer = ExtractiveSummarizer()
        channels = {"fake": self.paper}
        self.editor = Editor(store, DeskSettings(summarizer=summarizer), channels, self.clock)
        self.outbox = Outbox(store, channels, self.clock, pacer=Pacer({}))
        asks = Asks(readers, self.fetcher, extract, DeskSettings(summarizer=summarizer), offload, self.clock)
        desk = Desk(
            store, self.intake, self.editor, self.outbox, asks, LocalJobs(), self.clock,
            questions=Questions(store, DeskSettings(), self.clock),
        )  # fmt: skip
        at_work = LiveSettings(settings=Settings(chats={"cadence": "instant", "stories": 3}))  # type: ignore[arg-type]
        self.commands = Commands(Service(desk, at_work, Access(at_work, store), channels, self.clock))

    async def open(self) -> None:
        """The desk's own source is there from the start."""
        self.sites[DESKS] = Site(DESKS, "Northvale Times", [])
        own = Source(url=DESKS, name="Northvale Times", origin="config", topics=("town",))
        await self.store.sources.add(own, self.clock())

    async def say(self, who: str, line: str, *files: bytes) -> None:
        """Somebody sends a command in their private chat."""
        self._serve()
        command, _, words = line.partition(" ")
        attached = [_attached(body) for body in files]
        chat, person = Chat(platform="fake", address=who, title=who), Person(id=f"fake:{who}", name=who)
        reply = await self.commands.handle(
            Request(
                command=command, words=words, chat=chat, person=person, directory=Anywhere(),
                attachments=tuple(attached),
            )
        )  # fmt: skip
        files_said = [file.content for file in reply.files]
        self._note(who, f"{line}: {reply.text!r} {reply.buttons!r} {reply.choices!r} {files_said!r}")

    async def complete(self, who: str, command: str, prefix: str) -> None:
        """Somebody types the beginning of a source's name."""
        chat = Chat(platform="fake", address=who, title=who)
        offered = await self.commands.complete(command, "source", prefix, chat)
        self._note(who, f"{command} {prefix}…: {offered!r}")

    async def turn(self, minutes: int = 10) -> None:
        """Time passes, and the desk does all it has to."""
        self.clock.advance(timedelta(minutes=minutes))
        self._serve()
        for source in await self.store.sources.all():
            await self.intake.poll(source, self.clock())
        while await self.intake.read_new(self.clock()):
            pass
        await self.intake.group_new(self.clock())
        await self.editor.edit_due(self.clock())
        await self.outbox.deliver_due()

    def read_by(self, who: str) -> list[str]:
        """All that this person was sent, answered or shown, in order."""
        posts = [
            f"{'edit' if one.edits else 'post'}: {one.content.payload}"
            for chat, one in self.paper.sent_to
            if chat == who
        ]
        return [*self.said.get(who, []), *posts]

    def _note(self, who: str, what: str) -> None:
        self.said.setdefault(who, []).append(what)

    def _serve(self) -> None:
        pages: dict[str, Page | Failure | str | bytes] = {}
        for site in self.sites.values():
            pages |= site.pages(self.clock())
        self.fetcher.pages = pages


def _attached(body: bytes) -> Attachment:
    async def read() -> bytes:
        return body

    return Attachment(name="list.opml", size=len(body), content_type="text/x-opml", read=read)
