# ruff: noqa: E501
"""Made-up short items: local papers, police and council feeds, alerts, one company's blog.

Two or three sentences each, of a few towns that share their streets, offices, weekdays and forms of words:
what differs between two events is seldom more than a name, a figure and what was done. Most events are told
once; some by two or three sources in words of their own. One half of the kinds was used to choose
parameters, the other only to look at the outcome once.
"""

from __future__ import annotations

from datetime import timedelta
from random import Random

from streams.events import START, LabelledReport, each

_TOWNS = each("Northport Easton Millbrook Harwick Aldbury Stonegate")
_STREETS = [
    f"{a} {b}"
    for a in each("Quay Harbour Mill Church Station Victoria Orchard Bridge Coast Castle")
    for b in each("Street Road Lane")
]
_FIRST = each("Janet David Paul Mona Rita Liam Priya Owen Carol Imran Helen Tom Nadia Colin Ruth Gareth")
_LAST = each("Marsh Orme Grey Pike Hart Crane Shah Bell Nolan Aziz Frost Webb Lowe Tate Quinn Ridley Vance")
_DAYS = each("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
_MONTHS = each("January February March April June July September October November")
_ITEMS = ["a laptop", "jewellery", "two bicycles", "power tools", "a coin collection", "a van"]
_PARTS = each("shoulder hip arm leg head wrist")
_CLUBS = each("Rovers Athletic Town Wanderers United Albion")
_PRODUCTS = each("Ledger Beacon Harvest Compass Lantern Anchor Relay Orchard Prism Summit")

# For each kind, what each sort of source writes; an event is told by the first or by several.
Kind = list[tuple[str, str]]
TUNE: dict[str, Kind] = {
    "burglary": [
        (
            "Appeal after burglary in {street}, {town}",
            "Officers are appealing for witnesses after a house in {street}, {town}, was broken into on {day} between {h}pm and {h2}pm. {Item} was taken. Anyone with information should quote reference {ref}.",
        ),
        (
            "Burglars take {item} from {town} home",
            "Thieves got away with {item} when they forced a back window in {street} on {day} evening. {person}, who lives there, said the family was out for {n} hours. Police want to hear from anybody who saw something.",
        ),
    ],
    "crash": [
        (
            "Road closed: {street}, {town}, after collision",
            "{street} in {town} is closed in both directions following a collision between {veh} and {veh2}. One person was taken to hospital with {part} injuries. Drivers are asked to avoid the area.",
        ),
        (
            "{Who} hurt as {veh} and {veh2} collide in {town}",
            "A {who} of {age} injured a {part} when {veh} hit {veh2} in {street} on {day}. Paramedics were there within {n} minutes. {street} stayed shut until {h}pm.",
        ),
    ],
    "planning": [
        (
            "Planning committee, {town}: application {ref} approved",
            "{town} Council's planning committee approved {n2} homes on land off {street} on {day}. Councillor {person} abstained. Conditions on drainage apply.",
        ),
        (
            "{n2} homes get green light despite objections",
            "Developers may build {n2} houses next to {street} in {town} after councillors voted {n} to {m}. Neighbours had sent {n3} letters against the plan. {person2} said the surgery could not cope.",
        ),
    ],
    "wind": [
        (
            "{Colour} wind warning for {town}",
            "The weather service has issued {colour} wind warning for {town}, valid from {day} {h}:00 to {h2}:00. Gusts of up to {gust} km/h are expected.",
        ),
    ],
    "flood": [
        (
            "Flood alert: River {river} at {town}",
            "A flood alert is in force for the River {river} at {town}. The level was {lev} metres at {h}:00 and is rising. Low lying land near {street} may flood.",
        ),
        (
            "{town} braces as {river} rises",
            "People near {street} in {town} were laying sandbags on {day} as the {river} reached {lev} metres. The agency has an alert in force. {person} from the rowing club said the boathouse was already wet.",
        ),
    ],
    "missing": [
        (
            "Missing: {person}, {age}, from {town}",
            "We are concerned for {person}, {age}, who was last seen in {street}, {town}, on {day} at {h}pm. {person} has {hair} hair and was wearing a {colour} coat. Call 101 and quote {ref}.",
        ),
        (
            "Search for {person} enters second day",
            "Volunteers combed fields around {town} for {person}, {age}, not seen since {day}. A {colour} coat was found near {street}. Police said they are keeping an open mind.",
        ),
    ],
    "football": [
        (
            "{town} {club} {a}-{b} {town2} {club2}",
            "{town} {club} beat {town2} {club2} {a}-{b} on {day}. {person} scored first and {person2} made it safe. The manager praised the back four.",
        ),
        (
            "{person} on target as {club} see off {town2}",
            "A goal by {person} set {town} {club} on their way to a {a}-{b} win against {town2} {club2}. {n3} watched. {town2} finished with ten men.",
        ),
    ],
    "bins": [
        (
            "Changes to bin collections in {town}",
            "Collections due on {day} in {town} will be made a day later in the week of {n2} {month}. Please put bins out by 6am. Garden waste is not affected.",
        ),
    ],
    "outage": [
        (
            "Power cut in {town}: {n3} homes",
            "We are working to restore supply to {n3} homes in {town} after a fault near {street}. We expect power to be back by {h}pm. Reference {ref}.",
        ),
        (
            "{n3} left in the dark after {town} fault",
            "An underground cable fault in {street} cut off {n3} households in {town} on {day}. {person}, who runs a bakery there, threw away {n} trays of dough. Engineers hoped to finish by {h}pm.",
        ),
    ],
    "release": [
        (
            "{product} {ver} is here",
            "{product} {ver} brings {feature} and fixes {n2} bugs. Admins can turn it on from {day}. Read the notes for {product} {ver} before you update.",
        ),
    ],
    "court": [
        (
            "{person} sentenced at {town} Magistrates' Court",
            "{person}, {age}, of {street}, was fined {n3} pounds at {town} Magistrates' Court on {day} for {crime}. A charge of {n} pounds was added. The court heard it was a first offence.",
        ),
        (
            "{town} court: fine for {crime}",
            "Magistrates in {town} ordered {person} to pay {n3} pounds after {person} admitted {crime}. The {age}-year-old lives in {street}. Costs will be {n} pounds.",
        ),
    ],
    "roadworks": [
        (
            "Roadworks: {street}, {town}, from {n2} {month}",
            "{street} in {town} will have temporary lights from {n2} {month} for {n} weeks while a {pipe} main is replaced. Buses are diverted. Access for residents remains.",
        ),
    ],
}
ONCE: dict[str, Kind] = {
    "fire": [
        (
            "Incident: {place} fire, {street}, {town}",
            "{n} crews were called to a {place} fire in {street}, {town}, at {h}:{mm}. The fire was out by {h2}:00. Nobody was hurt.",
        ),
        (
            "{place} gutted in {town} blaze",
            "Flames ripped through a {place} in {street} on {day} night, sending smoke over {town}. Owner {person} called it heartbreaking. Investigators were sifting the ruins.",
        ),
    ],
    "school": [
        (
            "{town} {street_name} School rated {rating}",
            "{street_name} School in {town} has been rated {rating} by inspectors, who visited in {month}. Head {person} leads {n3} pupils. The report notes reading.",
        ),
        (
            "Inspectors judge {street_name} School {rating}",
            "Parents at {street_name} School, {town}, were told by head teacher {person} of its {rating} verdict. Phonics was singled out in the report. It was {rating2} last time.",
        ),
    ],
    "drugs": [
        (
            "{n} arrests as drugs warrant carried out in {town}",
            "Officers from {town} carried out a warrant in {street} on {day} and arrested {n} people. Cannabis worth {n3} pounds was seized. Reports can be made under {ref}.",
        ),
        (
            "Cannabis farm found behind {street} shopfront",
            "Plants said to be worth {n3} pounds were growing above a shop in {street}, {town}. {n} people were led away on {day}. Shopkeeper {person} said the smell had been there for months.",
        ),
    ],
    "council": [
        (
            "Council tax in {town} to go up by {pct} percent",
            "{town} Council agreed its budget on {day}. Council tax will rise by {pct} percent, or {n} pounds a year for band D. Leader {person} thanked staff.",
        ),
        (
            "Band D bills up {n} pounds as {town} sets budget",
            "Households in {town} face a {pct} percent rise after a stormy meeting on {day}. {person} blamed care costs, while {person2} wanted reserves spent. Libraries escape cuts.",
        ),
    ],
    "air": [
        (
            "Air quality: {level} in {town} on {day}",
            "Pollution is expected to be {level} in {town} on {day}, index {n}. People with asthma should take care. The next forecast comes at {h}:00.",
        ),
    ],
    "quake": [
        (
            "M {mag} - {n2} km {dir} of {town}",
            "A magnitude {mag} earthquake occurred {n2} km {dir} of {town} at {h}:{mm} UTC, at a depth of {n} km. No tsunami is expected.",
        ),
    ],
    "trains": [
        (
            "{town} to {town2}: disruption until {h2}:00",
            "Trains between {town} and {town2} may be cancelled or delayed by up to {n2} minutes because of {fault} near {street_name}. Tickets are accepted on buses. Disruption is expected until {h2}:00.",
        ),
        (
            "Commuters stuck after {fault} at {street_name}",
            "Passengers from {town} to {town2} waited hours on {day} after {fault} close to {street_name}. {person} missed an interview. The operator said sorry.",
        ),
    ],
    "grant": [
        (
            "{n3} pounds for {town} {group}",
            "{town} {group} has been given {n3} pounds by the lottery. Chair {person} said it will pay for a new {thing}. Work begins in {month}.",
        ),
        (
            "Lottery cash means new {thing} for {group}",
            "Members of {town} {group} cheered on {day} when they heard of {n3} pounds from the lottery. They want a {thing} by {month}. {person} wrote the bid in a week.",
        ),
    ],
    "recall": [
        (
            "{product} service status: {state}",
            "We are looking into {symptom} for {product} since {h}:{mm} UTC. {n} percent of customers are affected. Next update at {h2}:00 UTC.",
        ),
    ],
    "hiring": [
        (
            "Meet {person}, who leads {product}",
            "{person} joined us in {month} to lead {product}. Before that came {n} years in logistics. Ask {person} about {thing2}.",
        ),
    ],
    "assault": [
        (
            "Witness appeal: assault in {street}, {town}",
            "A {age}-year-old man suffered {part} injuries in an assault in {street}, {town}, at {h}pm on {day}. The suspect wore a {colour} hoodie. Quote {ref}.",
        ),
        (
            "Man attacked on way home in {town}",
            "Police are hunting a man in a {colour} hoodie who punched a {age}-year-old in {street} on {day} night, leaving him with {part} injuries. {person} came to his aid. CCTV is being checked.",
        ),
    ],
    "market": [
        (
            "{town} market moves to {street} on {n2} {month}",
            "The weekly market in {town} will be in {street} on {n2} {month} because of works in the square. Stalls open at {h}am. Parking is free.",
        ),
    ],
}


def notices(seed: int, kinds: dict[str, Kind], count: int = 150) -> list[LabelledReport]:
    """``count`` items or one or two more, in order of publication, over four days."""
    rng = Random(seed)
    made: list[tuple[float, int, str, int, str, str]] = []
    event = 0
    names = list(kinds)
    while len(made) < count:
        event += 1
        kind = names[event % len(names)] if event % 3 else rng.choice(names)
        forms = kinds[kind]
        facts = _facts(rng)
        start = rng.uniform(0, 96)
        sources = rng.choice((1, 1, 2, 2, 3)) if len(forms) > 1 else 1
        for position in range(sources):
            title, text = forms[min(position, 1)] if position < 2 else _third(forms, rng)
            source = 100 + names.index(kind) if position == 0 else position
            hours = start + position * rng.uniform(1, 9)
            made.append((hours, event, kind, source, title.format_map(facts), text.format_map(facts)))
    made.sort()
    return [
        LabelledReport(
            id=number,
            event=event,
            kind=kind,
            told="same",
            language="en",
            source=source,
            title=title[0].upper() + title[1:],
            text=text,
            published=START + timedelta(hours=hours),
        )
        for number, (hours, event, kind, source, title, text) in enumerate(made, 1)
    ]


def _third(forms: Kind, rng: Random) -> tuple[str, str]:
    """A third source: the paper's title over a text put together of both."""
    (_, formal), (title, told) = forms[0], forms[1]
    first, *rest = told.split(". ")
    return title, ". ".join([formal.split(". ")[0], rng.choice(rest or [first])])


def _facts(rng: Random) -> dict[str, object]:
    town, town2 = rng.sample(_TOWNS, 2)
    street = rng.choice(_STREETS)
    item = rng.choice(_ITEMS)
    who = rng.choice(each("cyclist pedestrian motorcyclist passenger"))
    colour = rng.choice(each("yellow orange red"))
    vehicles = rng.sample(["a van", "a lorry", "a bus", "a taxi", "a tractor", "a milk float"], 2)
    person, person2 = (f"{rng.choice(_FIRST)} {rng.choice(_LAST)}" for _ in range(2))
    hour = rng.randint(1, 9)
    return {
        "town": town,
        "town2": town2,
        "street": street,
        "street_name": street.split(" ", maxsplit=1)[0],
        "item": item,
        "Item": item[0].upper() + item[1:],
        "who": who,
        "Who": who.capitalize(),
        "colour": colour,
        "Colour": colour.capitalize(),
        "veh": vehicles[0],
        "veh2": vehicles[1],
        "person": person,
        "person2": person2,
        "day": rng.choice(_DAYS),
        "month": rng.choice(_MONTHS),
        "h": hour,
        "h2": hour + rng.randint(1, 3),
        "mm": f"{rng.randint(10, 59)}",
        "n": rng.randint(2, 9),
        "m": rng.randint(0, 4),
        "n2": rng.randint(10, 30),
        "n3": rng.randint(12, 99) * 10,
        "a": rng.randint(2, 5),
        "b": rng.randint(0, 1),
        "age": rng.randint(16, 89),
        "ref": f"{rng.randint(100, 999)}/{rng.randint(10, 99)}",
        "part": rng.choice(_PARTS),
        "hair": rng.choice(each("short grey long dark fair curly")),
        "gust": rng.randint(8, 13) * 10,
        "river": rng.choice(each("Ash Wend Tarrow Lode")),
        "lev": f"{rng.randint(1, 4)}.{rng.randint(10, 99)}",
        "club": rng.choice(_CLUBS),
        "club2": rng.choice(_CLUBS),
        "product": rng.choice(_PRODUCTS),
        "ver": f"{rng.randint(1, 9)}.{rng.randint(0, 20)}",
        "feature": rng.choice(
            ["dark mode", "shared folders", "offline maps", "two-step sign-in", "a new editor"]
        ),
        "crime": rng.choice(
            ["fly-tipping", "speeding", "drink-driving", "dodging fares", "breaching a noise order"]
        ),
        "pipe": rng.choice(each("gas water sewage")),
        "place": rng.choice(each("barn garage workshop chip-shop warehouse caravan")),
        "rating": rng.choice(["good", "outstanding", "inadequate"]),
        "rating2": rng.choice(["requires improvement", "satisfactory"]),
        "pct": f"{rng.randint(2, 4)}.{rng.randint(1, 9)}",
        "level": rng.choice(["moderate", "high", "very high"]),
        "mag": f"{rng.randint(2, 5)}.{rng.randint(0, 9)}",
        "dir": rng.choice(each("N S E W NNE SSW")),
        "fault": rng.choice(["a signal fault", "a fallen tree", "a broken rail", "a cow on the line"]),
        "group": rng.choice(["Brass Band", "Scouts", "Rowing Club", "Village Hall", "Food Bank"]),
        "thing": rng.choice(["roof", "minibus", "kitchen", "boiler", "ramp"]),
        "thing2": rng.choice(["sourdough", "bell ringing", "fell running"]),
        "state": rng.choice(["investigating", "degraded", "identified"]),
        "symptom": rng.choice(["slow sign-ins", "failed uploads", "missing mail", "errors in search"]),
    }
