"""Every port: what the engine needs from the world, and what each side promises.

An implementation may come from anywhere (this project, a plug-in, a test) as long as it
keeps the contract in the docstring; ``tests/contracts`` holds one suite for each port.
Expected failures come back as ``model.Failure`` (or an ``Outcome``); anything raised is a bug
or a lost machine.
"""

from __future__ import annotations

from digests.ports.chats import Chats, Feedback, People, Rules, SignIns, Subscriptions
from digests.ports.digests import Carried, Correction, Corrections, Deliveries, Digests, Recordings
from digests.ports.jobs import Handler, Jobs
from digests.ports.metering import Meter, NoMeter
from digests.ports.news import (
    Articles,
    Candidate,
    Entries,
    Hit,
    Library,
    Looking,
    Placed,
    Pushes,
    Sources,
    Stories,
    Unplaced,
)
from digests.ports.reading import Extractor, Fetcher, Polled, SourceReader, Summarizer
from digests.ports.sending import (
    Absent,
    Channel,
    Doubt,
    Found,
    Gone,
    Moved,
    NotSent,
    Outcome,
    Redrawn,
    Refused,
    Sent,
    Speaking,
    Uneditable,
    Unknown,
    Wait,
)
from digests.ports.store import (
    Answers,
    Batches,
    Clocks,
    Ledger,
    OpenStore,
    Paces,
    Place,
    Retention,
    Store,
    Turns,
)
from digests.ports.working import Workers

__all__ = [
    "Absent",
    "Answers",
    "Articles",
    "Batches",
    "Candidate",
    "Carried",
    "Channel",
    "Chats",
    "Clocks",
    "Correction",
    "Corrections",
    "Deliveries",
    "Digests",
    "Doubt",
    "Entries",
    "Extractor",
    "Feedback",
    "Fetcher",
    "Found",
    "Gone",
    "Handler",
    "Hit",
    "Jobs",
    "Ledger",
    "Library",
    "Looking",
    "Meter",
    "Moved",
    "NoMeter",
    "NotSent",
    "OpenStore",
    "Outcome",
    "Paces",
    "People",
    "Place",
    "Placed",
    "Polled",
    "Pushes",
    "Recordings",
    "Redrawn",
    "Refused",
    "Retention",
    "Rules",
    "Sent",
    "SignIns",
    "SourceReader",
    "Sources",
    "Speaking",
    "Store",
    "Stories",
    "Subscriptions",
    "Summarizer",
    "Turns",
    "Uneditable",
    "Unknown",
    "Unplaced",
    "Wait",
    "Workers",
]
