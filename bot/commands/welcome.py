"""/start: three taps to a first digest. A language, a pack of sources, a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from babel import Locale

from bot.commands.moving import follow
from bot.commands.registry import FIRST_STEPS, command
from bot.commands.rhythm import rhythm
from bot.commands.service import Service, refuse, say
from bot.commands.settings.values import named
from bot.commands.subscriptions import title
from bot.commands.zones import city
from bot.conversation import Button, Reply, Request
from bot.locales import LANGUAGES, N_, _, _n, nearest, spoken
from bot.packs import Pack, packs
from bot.render.rich import Span, bold
from digests.edit.schedule import parse_cadence
from digests.model import Chat

# Where most of a language's readers live: what is offered to tap before anything else.
_NEAR = {
    "en": ("Europe/London", "America/New_York", "America/Los_Angeles", "Asia/Kolkata"),
    "zh-Hans": ("Asia/Shanghai", "Asia/Singapore"),
    "zh-Hant": ("Asia/Taipei", "Asia/Hong_Kong"),
    "es": ("Europe/Madrid", "America/Mexico_City", "America/Bogota", "America/Argentina/Buenos_Aires"),
    "de": ("Europe/Berlin", "Europe/Vienna", "Europe/Zurich"),
    "fr": ("Europe/Paris", "America/Toronto", "Europe/Brussels", "Africa/Abidjan"),
    "ru": ("Europe/Moscow", "Asia/Yekaterinburg", "Asia/Almaty", "Europe/Minsk"),
    "pt-BR": ("America/Sao_Paulo", "America/Manaus", "Europe/Lisbon"),
    "ja": ("Asia/Tokyo",),
    "ar": ("Asia/Riyadh", "Africa/Cairo", "Asia/Dubai", "Africa/Casablanca"),
}

TIMES = ("daily 08:00", "daily 18:00", "instant")


@command("start", N_("three taps to the first digest"), topic=FIRST_STEPS, place=1, example="/start")
async def start(service: Service, request: Request) -> Reply:
    """The step the words name; without words the first one."""
    step, _rest, what = request.words.strip().partition(" ")
    if step == "language" and what in LANGUAGES:
        return _choose_pack(service, what)
    if step == "pack" and what.isdecimal() and int(what) < len(_packs(service)):
        return await _follow(service, request, int(what))
    if step == "time" and what in TIMES:
        return await _time(service, request, what)
    return _hello(nearest(request.person.language), _packs(service))


def _packs(service: Service) -> Sequence[Pack]:
    return service.packs or packs()


def _hello(own: str, offered: Sequence[Pack]) -> Reply:
    languages = sorted(
        {pack.language for pack in offered}, key=lambda one: (one != own, LANGUAGES.index(one))
    )
    buttons = [Button(_name(one), "start", f"language {one}") for one in languages]
    text = (
        bold(_("I watch news sources, put reports of one event together, and post short briefs.")),
        Span(
            "\n\n" + _("Three taps and the first digest is on its way. In which language are your sources?")
        ),
        Span(
            "\n\n" + _("Or follow a source of your own: /subscribe with its address. /help shows the rest.")
        ),
    )
    return Reply(text=text, buttons=tuple(tuple(buttons[i : i + 3]) for i in range(0, len(buttons), 3)))


def greeting() -> Reply:
    """What is said on joining a group or a server: the first of the three taps, for who manages it."""
    return replace(
        _hello(spoken(), packs()),
        text=(
            Span(_("Hello, I watch news sources and post short briefs here.") + " "),
            Span(_("Three taps set me up: in which language are your sources?")),
            Span("\n\n" + _("/help shows what else I can do.")),
        ),
    )


def _name(language: str) -> str:
    locale = Locale.parse(language, sep="-")
    return str(locale.get_display_name(locale) or language)


def _choose_pack(service: Service, language: str) -> Reply:
    chosen = [(number, pack) for number, pack in enumerate(_packs(service)) if pack.language == language]
    lines = [Span(_("Which sources shall I watch for you?"))]
    for _number, pack in chosen:
        names = ", ".join(source.name for source in pack.sources)
        lines += [Span("\n• "), bold(pack.name), Span(f": {names}")]
    rows = tuple((Button(pack.name, "start", f"pack {number}"),) for number, pack in chosen)
    return Reply(text=tuple(lines), buttons=(*rows, (Button(_("Back"), "start"),)))


async def _manager(service: Service, request: Request) -> Chat | Reply:
    chat = await service.target(request, None)
    if isinstance(chat, Reply):
        return chat
    missing = await request.directory.can_post(chat)
    if missing is not None:
        return refuse(
            _("{chat}: I can't post there, because {reason}. Give me that right, then try again.").format(
                chat=title(chat), reason=_(missing.reason).rstrip(".")
            )
        )
    return await service.stored(chat)


async def _follow(service: Service, request: Request, number: int) -> Reply:
    chat = await _manager(service, request)
    if isinstance(chat, Reply):
        return chat
    pack = _packs(service)[number]
    refusal = await service.access.refuses_subscription(chat, len(pack.sources))
    if refusal:
        return refuse(refusal)
    followed, failed = await follow(service, chat, pack.sources, request.person.id)
    if not followed:
        sorry = refuse(
            _("I can't reach these sources just now. Try again in a few minutes, or choose other ones.")
        )
        return replace(sorry, buttons=_choose_pack(service, pack.language).buttons)
    if chat.settings.language is None:
        await service.store.chats.set_settings(chat.id, replace(chat.settings, language=pack.language))
    count = _n("{chat} follows {count} source now.", "{chat} follows {count} sources now.", len(followed))
    lines = [Span(count.format(chat=title(chat), count=len(followed)))]
    if failed:
        names = ", ".join(source.name for source, _why in failed)
        lines.append(Span(" " + _("I could not read {names}.").format(names=names)))
    lines.append(Span("\n\n" + _("When shall I post? /settings has more, your time zone among it.")))
    labels = (_("In the morning, at 8"), _("In the evening, at 18"), _("As it happens"))
    rows = tuple((Button(text, "start", f"time {time}"),) for text, time in zip(labels, TIMES, strict=True))
    return Reply(text=tuple(lines), buttons=rows)


async def _time(service: Service, request: Request, cadence: str) -> Reply:
    chat = await _manager(service, request)
    if isinstance(chat, Reply):
        return chat
    settings = replace(chat.settings, cadence=cadence)
    await service.store.chats.set_settings(chat.id, settings)
    await service.desk.reschedule(chat.id, settings, service.clock())
    rows = ((Button(_("Send one now"), "digest"), Button(_("More settings"), "settings")),)
    done = _("All set. {rhythm}").format(rhythm=rhythm(settings))
    if settings.zone != "UTC" or not parse_cadence(cadence).times:
        return say(done, buttons=rows)
    zone = named("zone")
    near = _NEAR.get(nearest(settings.language or request.person.language), _NEAR["en"])
    cities = tuple(Button(city(one), "settings", f"zone {one}") for one in near)
    other = (Button(_("Other…"), "settings", "zone", asks=zone.ask),)
    return say(f"{done}\n\n{zone.ask}", buttons=(cities[:2], cities[2:], other, *rows))
