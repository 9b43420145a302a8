"""Why something failed, in the language being spoken."""

from __future__ import annotations

from collections.abc import Mapping

from bot.locales import N_, _
from digests.model import Failure, FailureKind

WHY: Mapping[FailureKind, str] = {
    FailureKind.BLOCKED_ADDRESS: N_("that address is not a public one"),
    FailureKind.BAD_URL: N_("that is not an address"),
    FailureKind.DNS: N_("there is no host of that name"),
    FailureKind.CONNECT: N_("the connection failed"),
    FailureKind.TLS: N_("the site's certificate is not valid"),
    FailureKind.TIMEOUT: N_("the answer took too long"),
    FailureKind.TOO_LARGE: N_("that is too large"),
    FailureKind.HTTP_STATUS: N_("the site answered with an error"),
    FailureKind.GONE: N_("the site says it is gone for good"),
    FailureKind.BOT_PROTECTION: N_("the site keeps programs out"),
    FailureKind.ROBOTS: N_("the site asks programs to stay away"),
    FailureKind.NOT_A_FEED: N_("that is not a feed"),
    FailureKind.EMPTY: N_("there is nothing in it"),
    FailureKind.UNREADABLE: N_("no text can be made of it"),
    FailureKind.BUDGET: N_("the budget for language models is used up"),
    FailureKind.MODEL: N_("the language model did not give an answer that can be used"),
    FailureKind.UNSUPPORTED: N_("I can't handle that kind of thing"),
}
"""What went wrong, in general: the engine's own reasons are exact, but English."""


def reason_of(failure: Failure) -> str:
    """What happened, in the language being spoken: exact in English, in general in the others."""
    exact, general = _(failure.reason), _(WHY[failure.kind])
    known = exact != failure.reason or general == WHY[failure.kind]
    return (exact if known else general).rstrip(".")
