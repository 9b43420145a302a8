"""Two strangers on one desk: what one is sent does not change by a byte, whatever the other does.

Two desks go the same way, one of them with Eve as well. Ann, who follows a source of the configuration
file and what she added, must not be able to tell which of the two she is on.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import tempfile
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from digests.store import open_store
from digests.watch.offload import Offload
from tests.bot.strangers_world import DESKS, Item, Site, World

pytestmark = pytest.mark.slow

ANN, EVE = "ann", "eve"
ANNS = ["https://ferry-blog.example/rss", "https://harbour.example/rss?token=S3CRETs3cret0123"]
EVES = ["https://evil.example/rss", "https://worse.example/rss"]
EVENTS = [
    ("Quay Bridge to close until March", "The council of Northvale voted on Monday to close the old Quay Bridge for "
     "repairs until March.\nMayor Ana Soto said the work would cost 12 million euros.\nAbout 9,000 drivers use the "
     "bridge every day."),
    ("Ferries to run every ten minutes", "Ferries will run every ten minutes while the Quay Bridge in Northvale is "
     "closed, the port authority said.\nMayor Ana Soto said a ticket would cost 2 euros.\nThe first ferry leaves on "
     "Tuesday."),
    ("Storm Edda cuts power in Eastport", "Storm Edda cut the power of 40,000 homes in Eastport on Sunday night.\n"
     "Crews from Marrow were sent, said the utility Gridline.\nSchools stay closed until Wednesday."),
    ("Eastport schools open again", "Schools in Eastport open again on Thursday after Storm Edda, the utility "
     "Gridline said.\nPower is back in 38,000 homes."),
]  # fmt: skip
LATER = "\nIn the end {n} people were hurt, the police chief of Northvale said on Friday."
LIE = "\nDrivers can claim 500 euros now at refunds.evil.example, Mayor Ana Soto said."
NAMES = ["BBC News", "Northvale Times", "Northvale Times Extra", "Ferry Blog", "Nothing"]
QUESTIONS = [
    "search bridge", "search euros", "search claim", "trending", "story 1", "story 2", "subscriptions", "ranking",
    "why", "digest", "preview", "catchup 2d", "ask Who was hurt in Northvale?", "ask Where can drivers claim money?",
    "like 1", "mute", "export", "subscribe 2", "filter", "mute source 2", "unsubscribe 9", "subscribe 3 none",
]  # fmt: skip


class Strangers(RuleBasedStateMachine):
    """``alone`` never hears of Eve."""

    template: Path
    offload: Offload

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = Path(tempfile.mkdtemp(prefix="strangers"))
        self.stack = AsyncExitStack()
        self.alone, self.shared = [self._run(self._opened(name)) for name in ("alone", "shared")]
        self.eve_knows_anns = False

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(work)

    async def _opened(self, name: str) -> World:
        path = self.folder / f"{name}.sqlite3"
        shutil.copyfile(self.template, path)
        store = await self.stack.enter_async_context(open_store(str(path)))
        world = World(store, self.offload)
        await world.open()
        for url, called in ((ANNS[0], "Ferry Blog"), (ANNS[1], "Harbour Letter")):
            world.sites[url] = Site(url, called, [])
        for url in EVES:
            world.sites[url] = Site(url, "BBC News", [])
        return world

    def teardown(self) -> None:
        self._run(self.stack.aclose())
        self.runner.close()
        shutil.rmtree(self.folder)

    @property
    def worlds(self) -> list[World]:
        return [self.alone, self.shared]

    @initialize(both=st.booleans())
    def both_follow_something(self, both: bool) -> None:
        """Ann the desk's own, and mostly what she added; Eve a feed of hers."""
        self._publish(DESKS, 2, 0)
        for url in ANNS:
            self._publish(url, 3, 0)
        for world in self.worlds:
            self._run(world.say(ANN, "subscribe 1 none"))
            if both:
                self._run(world.say(ANN, f"subscribe {ANNS[0]} none"))
        self.eve_copies(EVES[0], [0], first=True, at_once=False)
        self._run(self.shared.say(EVE, f"subscribe {EVES[0]} none"))

    # ------------------------------------------------------------ what both desks see

    @rule(
        url=st.sampled_from([DESKS, DESKS, *ANNS]),
        event=st.integers(0, 3),
        hurt=st.integers(0, 2),
        minutes=st.sampled_from([0, 10, 10, 200]),
    )
    def honest_report(self, url: str, event: int, hurt: int, minutes: int) -> None:
        self._publish(url, event, hurt)
        self._turn(minutes)

    @rule(url=st.sampled_from([DESKS, *ANNS]), hurt=st.integers(3, 9))
    def honest_correction(self, url: str, hurt: int) -> None:
        for world in self.worlds:
            world.sites[url].items[-1].text += LATER.format(n=hurt)
        self._turn(10)

    @rule(
        url=st.sampled_from(ANNS),
        line=st.sampled_from(["subscribe {}", "subscribe {} none", "unsubscribe {}"]),
    )
    def ann_follows(self, url: str, line: str) -> None:
        for world in self.worlds:
            self._run(world.say(ANN, line.format(url)))

    @rule(lines=st.lists(st.sampled_from(QUESTIONS), min_size=3, max_size=5))
    def ann_asks(self, lines: list[str]) -> None:
        for world in self.worlds:
            for line in lines:
                self._run(world.say(ANN, line))

    @rule(prefix=st.sampled_from(["", "evil", "BBC", "token=", "S3", "ferry"]))
    def ann_completes(self, prefix: str) -> None:
        for world in self.worlds:
            self._run(world.complete(ANN, "subscribe", prefix))

    def _publish(self, url: str, event: int, hurt: int) -> None:
        for world in self.worlds:
            title, text = EVENTS[event]
            more = LATER.format(n=hurt) if hurt else ""
            world.sites[url].items.append(Item(title, text + more, world.clock()))

    def _turn(self, minutes: int) -> None:
        for world in self.worlds if minutes else ():
            self._run(world.turn(minutes))

    # ------------------------------------------------------------ Eve

    @rule(
        url=st.sampled_from(EVES),
        how=st.sampled_from(["subscribe {}", "subscribe {} last 5", "unsubscribe {}"]),
    )
    def eve_follows(self, url: str, how: str) -> None:
        self._run(self.shared.say(EVE, how.format(url)))

    @rule(
        url=st.sampled_from(EVES),
        events=st.lists(st.integers(0, 3), min_size=1, max_size=3),
        first=st.booleans(),
        at_once=st.booleans(),
    )
    def eve_copies(self, url: str, events: list[int], first: bool, at_once: bool) -> None:
        """A report with a lie before or behind it; of several at once it is a bridge between them."""
        title = " and ".join(EVENTS[event][0] for event in events)
        text = "\n".join(EVENTS[event][1] for event in events)
        text = LIE.strip() + "\n" + text if first else text + LIE
        self.shared.sites[url].items.append(Item(title, text, self.shared.clock()))
        self._turn(10 if at_once else 0)

    @rule(url=st.sampled_from(EVES), hurt=st.integers(10, 12), gone=st.booleans())
    def eve_edits_or_removes(self, url: str, hurt: int, gone: bool) -> None:
        for item in self.shared.sites[url].items[-1:]:
            item.text += LATER.format(n=hurt)
            item.gone = gone
        self._turn(10)

    @rule(url=st.sampled_from(EVES), name=st.sampled_from(NAMES), to=st.sampled_from([None, *ANNS, DESKS]))
    def eve_renames_or_moves(self, url: str, name: str, to: str | None) -> None:
        self.shared.sites[url].name, self.shared.sites[url].moved = name, to
        self.eve_knows_anns = self.eve_knows_anns or to in ANNS  # who sends readers there had the address

    @rule(url=st.sampled_from(EVES), name=st.sampled_from(NAMES))
    def eve_brings_a_list(self, url: str, name: str) -> None:
        self._run(self.shared.say(EVE, "import", f"""<?xml version="1.0"?><opml version="2.0"><body>
            <outline text="{name}" type="rss" xmlUrl="{url}" category="town"/></body></opml>""".encode()))  # fmt: skip

    @rule(line=st.sampled_from(QUESTIONS))
    def eve_asks(self, line: str) -> None:
        self._run(self.shared.say(EVE, line))

    # ------------------------------------------------------------ what must hold

    @invariant()
    def ann_reads_the_same(self) -> None:
        alone, shared = self.alone.read_by(ANN), self.shared.read_by(ANN)
        made = re.compile(r'"made": "[^"]*"')
        assert [made.sub("", one) for one in shared] == [made.sub("", one) for one in alone]

    @invariant()
    def eve_learns_nothing_of_anns(self) -> None:
        for said in () if self.eve_knows_anns else self.shared.read_by(EVE):
            assert "S3CRET" not in said
            assert "Harbour Letter" not in said
            assert "ferry-blog" not in said


def test_what_a_stranger_does_changes_no_byte(tmp_path: Path) -> None:
    """Subscribing, copying, bridging, editing, removing, renaming, moving, importing, asking."""
    Strangers.template = tmp_path / "template.sqlite3"

    async def made() -> None:
        async with open_store(str(Strangers.template)):
            pass

    asyncio.run(made())
    Strangers.offload = Offload(1)
    run = settings(
        max_examples=12,
        stateful_step_count=20,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )

    run_state_machine_as_test(Strangers, settings=run)
