"""Signing in: a link the bot sends to an admin, once used, becomes a session of some hours.

Opening the link only shows a button: chat apps and mail scanners open links too, and must not use
it up. Whoever is no admin any more is out at the next click, whatever their session says.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.access import hashed, new_token
from bot.dashboard.security import (
    fits,
    form_of,
    form_token,
    is_foreign,
)
from bot.dashboard.view import View
from digests.clock import Clock
from digests.model import AuditEntry
from digests.ports import Store

LINK = timedelta(minutes=5)
SESSION = timedelta(hours=12)
_SESSION, _BEFORE = "newsdesk", "newsdesk-before"

Page = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class SignIn:
    """Who is signed in. ``base`` is the address people reach the dashboard at."""

    store: Store
    clock: Clock
    admins: Callable[[], Collection[str]]
    base: str
    view: View

    async def link(self, person: str) -> str:
        """A new link for an admin; the earlier one serves no more."""
        token, now = new_token(), self.clock()
        await self.store.sign_ins.offer(hashed(token), person, now, now + LINK)
        return f"{self.base}/sign-in/{token}"

    async def person(self, request: Request) -> str | None:
        """The admin who asks; None: somebody else."""
        cookie = request.cookies.get(_SESSION, "")
        person = await self.store.sign_ins.person(hashed(cookie), self.clock()) if cookie else None
        return person if person is not None and self._may(person) else None

    def _may(self, person: str) -> bool:
        return person in self.admins() or person.startswith("console:")

    def form(self, request: Request) -> str:
        """What the forms of a page carry for this session."""
        return form_token(request.cookies.get(_SESSION, ""))

    # ------------------------------------------------------------ guarding pages

    def read(self, page: Page) -> Page:
        """The page, for admins alone."""

        async def guarded(request: Request) -> Response:
            person = await self.person(request)
            if person is None:
                return self.view.page(request, "sign_in.html", status=401, title="Sign in")
            request.state.person, request.state.form = person, self.form(request)
            return await page(request)

        return guarded

    def write(self, action: Page) -> Page:
        """What a form asks for, for admins alone and from this server's own pages."""

        async def checked(request: Request) -> Response:
            request.state.fields = await form_of(request)
            given = request.state.fields.get("form", "")
            if is_foreign(request) or not fits(request.cookies.get(_SESSION, ""), given):
                return self.view.problem(
                    request, 403, "That form is too old", "Go back, reload the page and try again."
                )
            return await action(request)

        return self.read(checked)

    # ------------------------------------------------------------ routes

    def routes(self) -> list[Route]:
        return [
            Route("/sign-in", self._asked, methods=["GET"]),
            Route("/sign-in/{token}", self._shown, methods=["GET"]),
            Route("/sign-in/{token}", self._used, methods=["POST"]),
            Route("/sign-out", self.write(self._ended), methods=["POST"]),
        ]

    async def _asked(self, request: Request) -> Response:
        return self.view.page(request, "sign_in.html", title="Sign in")

    async def _shown(self, request: Request) -> Response:
        before = new_token()
        page = self.view.page(
            request, "sign_in.html", title="Sign in", token=request.path_params["token"],
            form=form_token(before),
        )  # fmt: skip
        self._set(page, _BEFORE, before, LINK)
        return page

    async def _used(self, request: Request) -> Response:
        # Guesses are not counted: of 256 random bits none comes near, and who guesses could lock others out.
        now = self.clock()
        known = fits(request.cookies.get(_BEFORE, ""), (await form_of(request)).get("form", ""))
        person, session = None, new_token()
        if known and not is_foreign(request):
            person = await self.store.sign_ins.redeem(
                hashed(request.path_params["token"]), hashed(session), now, now + SESSION
            )
        if person is None or not self._may(person):
            return self.view.problem(
                request, 403, "This link does not serve",
                "Links serve once and for five minutes. Send the bot /dashboard for a new one.",
            )  # fmt: skip
        await self.store.people.note(
            AuditEntry(chat_id=None, person=person, what="signed in to the dashboard", at=now)
        )
        answer = RedirectResponse("/", 303)
        self._set(answer, _SESSION, session, SESSION)
        answer.delete_cookie(_BEFORE, path="/")
        return answer

    async def _ended(self, request: Request) -> Response:
        await self.store.sign_ins.end(hashed(request.cookies[_SESSION]))
        answer = RedirectResponse("/sign-in", 303)
        answer.delete_cookie(_SESSION, path="/")
        return answer

    def _set(self, answer: Response, name: str, value: str, life: timedelta) -> None:
        answer.set_cookie(
            name, value, max_age=int(life.total_seconds()), path="/", httponly=True, samesite="lax",
            secure=self.base.startswith("https://"),
        )  # fmt: skip
