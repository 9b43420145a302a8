"""English templates. ``[a|b]`` is a choice, ``{name}`` a fact of the event.

Every kind is written so that its events are look-alikes: the same phrases and the same
background sentences, told apart only by who, where, when and how many.
"""

from __future__ import annotations

# ruff: noqa: E501  (a template is read best on one line)
from streams.template import Kind

QUAKE = Kind(
    titles=(
        "[Strong|Powerful] earthquake [shakes|hits|strikes] {place}, [killing|leaving] {dead}[| dead]",
        "[At least |]{dead} dead after magnitude {mag} quake [in|near] {place}",
        "Magnitude {mag} earthquake [rocks|jolts] {country}'s {place} region",
        "{country} quake: [rescuers|crews] dig through rubble in {place}",
        "{place} earthquake [flattens homes|brings down buildings], {hurt} [hurt|injured]",
    ),
    leads=(
        "A [strong|powerful] earthquake [hit|struck|shook] {place} in {country} on {day}, [killing|claiming the lives of] at least {dead} people, [officials|authorities] said.",
        "[At least|No fewer than] {dead} people [died|were killed] when a magnitude {mag} [quake|earthquake|tremor] [shook|hit] the {country} [city|district] of {place} {daypart}.",
        "[Rescue workers|Emergency crews|Soldiers] [searched|dug] through [rubble|collapsed houses] in {place} on {day} after a {mag}-magnitude earthquake [killed|left] {dead} people [|dead ]in {country}.",
    ),
    body=(
        (
            "The [tremor|quake] had a magnitude of {mag} and [was centred|its centre lay] {km} kilometres [from|off] {place} at a depth of {depth} km.",
            "Seismologists [put|measured] the magnitude at {mag}, with the [epicentre|centre] {depth} kilometres [deep|below the surface].",
        ),
        (
            "[Around|About|Some] {hurt} people were [hurt|injured|treated for wounds], [according to|said] the [regional|local] health service.",
            "Hospitals [took in|admitted] {hurt} [injured|wounded people], a [doctor|nurse] in {place} said.",
        ),
        (
            "{official}, the governor of {place}, [said|told reporters] {homes} homes were [destroyed|damaged beyond repair].",
            "More than {homes} [houses|homes] [collapsed|fell], governor {official} said.",
        ),
        (
            "[Residents|People] ran into the streets [in their nightclothes|as walls cracked] and many [slept|spent the night] in [cars|parks|the open].",
            '"[The whole house was moving|Everything fell at once]", said {witness}, a [shopkeeper|teacher|bus driver] in {place}.',
        ),
        (
            "The road [from|to] {town} was [blocked|cut] by landslides and [power|electricity] [failed|was out] in [parts of|much of] the region.",
            "Landslides closed the [main road|highway] to {town}, and phone lines were down.",
        ),
        (
            "The government in {capital} [sent|dispatched] [troops|helicopters] and [declared|announced] a state of emergency.",
            "President {leader} [cut short|broke off] a trip and [promised|pledged] help for [the victims|survivors].",
        ),
    ),
    boiler=(
        "Aftershocks are expected in the coming days, seismologists warned.",
        "Earthquakes are common in the region, which sits where tectonic plates meet.",
        "No tsunami warning was issued.",
        "Schools will stay closed until buildings have been checked.",
    ),
    update_titles=(
        "Death toll [rises|climbs] to {dead} [after|in] {place} earthquake",
        "{place} quake: [now {dead} dead|toll reaches {dead}], {hurt} [hurt|injured]",
    ),
    update_leads=(
        "The [death toll|number of dead] from the earthquake in {place} [rose|climbed] to {dead} on {day} as [crews|rescuers] reached [cut-off|remote] villages.",
        "Rescuers [recovered|pulled] more bodies [from|out of] the rubble in {place}, {country}, taking the [toll|number of dead] to {dead}.",
    ),
)

COURT = Kind(
    titles=(
        "{accused} [pleads|enters plea of] not guilty [to|in] {crime} [charges|trial]",
        "Witness {witness} [testifies|takes the stand] in {accused} {crime} trial",
        "{place} court hears [opening|first] [arguments|evidence] against {accused}",
        "[Trial|Case] of {job} {accused} [opens|begins|starts] in {place}",
    ),
    leads=(
        "The {crime} trial of {accused}, a [former |]{job}, [continued|went on|was held] in {place} on {day} with the testimony of {witness}.",
        "A court in {place} on {day} [heard|listened to] {witness}, a [key|central] witness against {job} {accused}, who is [accused of|charged with] {crime}.",
        "{accused}, the {job} [accused of|charged with|on trial for] {crime}, [sat in silence|showed no emotion] as {witness} [gave evidence|testified] in {place}.",
    ),
    body=(
        (
            "Prosecutors [say|allege] {accused} [took|diverted|hid] {money} million dollars [between|from] {year} and {year2}.",
            "The [indictment|charge sheet] [speaks of|lists] {money} million dollars and {counts} counts.",
        ),
        (
            "{witness} told the [court|jury] about [a meeting|a phone call|a letter] in {town} {months} months before the arrest.",
            '"I [saw|knew] what was [in the file|going on]", {witness} said [under oath|from the stand].',
        ),
        (
            "Defence lawyer {lawyer} [called|described] the [evidence|case] [as |]thin and [asked|urged] judge {judge} to [dismiss|throw out] it.",
            "{lawyer}, for the defence, [questioned|challenged] the witness's memory for [two|three] hours.",
        ),
        (
            "Judge {judge} [adjourned|put off] the hearing until [Monday|next week].",
            "The hearing [resumes|goes on] [on Monday|next week] before judge {judge}.",
        ),
        (
            "If [convicted|found guilty], {accused} faces up to {sentence} years in prison.",
            "The [maximum|longest possible] sentence is {sentence} years.",
        ),
    ),
    boiler=(
        "The defendant denies all charges.",
        "The courtroom was full and security was tight.",
        "Reporters were asked to leave their phones at the door.",
        "A verdict is not expected before next month.",
    ),
    update_titles=(
        "{accused} [found guilty|convicted] of {crime} in {place}",
        "{accused} [jailed|sentenced to prison] for {sentence2} years [over|for] {crime}",
    ),
    update_leads=(
        "A court in {place} [convicted|found] {job} {accused} [guilty |]of {crime} on {day} and [sentenced|sent] {accused} to {sentence2} years in prison.",
        "{accused}, a {job}, was [jailed|sent to prison] for {sentence2} years [on|this] {day} for {crime}.",
    ),
)

MATCH = Kind(
    titles=(
        "{home} [beat|see off|overcome] {away} {score} [as|thanks to] {scorer} [strikes|scores]",
        "{scorer} [goal|strike] [lifts|sends] {home} [past|over] {away}",
        "{home} {score} {away}: {scorer} [decides|settles] [it|the match]",
        "{away} [fall|lose] {score} at {home}",
    ),
    leads=(
        "{home} [beat|defeated] {away} {score} at {ground} on {day}, with {scorer} [scoring|netting] in the {minute}th minute.",
        "A {minute}th-minute [goal|strike|header] by {scorer} [gave|earned] {home} a {score} [win|victory] over {away} on {day}.",
        "{scorer} was the [hero|match-winner] as {home} [saw off|overcame] {away} {score} in the {cup}.",
    ),
    body=(
        (
            "{keeper}, the {away} goalkeeper, made [several|a string of] saves before the [break|interval].",
            "Only {keeper} in the {away} goal kept the [score|margin] down.",
        ),
        (
            "{second} had [hit|struck] the post [early on|after ten minutes] in front of {crowd} [fans|spectators].",
            "The [crowd|attendance] of {crowd} saw {second} [go close|miss a good chance] in the first half.",
        ),
        (
            '"[We deserved it|The boys gave everything]", said {home} coach {coach}.',
            "Coach {coach} of {home} [praised|lauded] the [spirit|patience] of the team.",
        ),
        (
            "{away} coach {coach2} [blamed|pointed to] [tired legs|poor finishing].",
            '"[We were punished for one mistake|It was not our day]", said {coach2}, who coaches {away}.',
        ),
        (
            "{home} [move|climb] to {rank} place in the table with {points} points.",
            "The win takes {home} to {points} points [and {rank} place|].",
        ),
    ),
    boiler=(
        "The pitch was heavy after rain in the afternoon.",
        "The referee showed four yellow cards.",
        "There were no goals before half-time.",
        "Both teams play again next weekend.",
    ),
    update_titles=(
        "{home} lose {scorer} for {weeks} weeks after win over {away}",
        "{scorer} injury [mars|clouds] {home} [win|victory] against {away}",
    ),
    update_leads=(
        "{scorer}, who scored for {home} in the {score} win over {away}, will be out for {weeks} weeks with a [knee|hamstring] injury, the club said on {day}.",
        "{home} will be without {scorer} for {weeks} weeks after the striker was [hurt|injured] in the {score} [win over|defeat of] {away}.",
    ),
)

EARNINGS = Kind(
    titles=(
        "{company} [quarterly |]profit [rises|grows|up] {pct}% [on|helped by] {product} [sales|demand]",
        "{company} [beats|tops] forecasts [as|with] revenue [hits|reaches] {rev} billion",
        "{company} [posts|reports] [profit|net income] of {profit} million",
        "{product} [demand|boom] lifts {company} [results|earnings]",
    ),
    leads=(
        "{company}, the {country} maker of {product}, [reported|posted] a [quarterly|third-quarter] profit of {profit} million on {day}, up {pct} percent.",
        "[Demand|Strong demand] for {product} [lifted|pushed] {company}'s [quarterly |]net income {pct} percent to {profit} million, the company said on {day}.",
        "{company} [beat|topped] [analysts'|market] [expectations|forecasts] on {day} with [revenue|sales] of {rev} billion and a profit of {profit} million.",
    ),
    body=(
        (
            "Revenue [rose|grew|climbed] to {rev} billion from {rev0} billion a year earlier.",
            "[Sales|Revenue] came to {rev} billion, [against|compared with] {rev0} billion [last year|a year ago].",
        ),
        (
            '"[Customers keep coming back|We are gaining ground]", chief executive {ceo} [said|told analysts].',
            "Chief executive {ceo} [spoke of|hailed] a [solid|strong] quarter.",
        ),
        (
            "The [group|company] [raised|lifted] its [outlook|forecast] for the year and [plans|announced] {jobs} new jobs in {town}.",
            "{company} will [hire|take on] {jobs} people at its [plant|site] in {town}.",
        ),
        (
            "[Shares|The stock] [rose|gained] {move} percent in [early|morning] trading in {capital}.",
            "Investors [welcomed|cheered] the [news|figures]: the shares were {move} percent higher.",
        ),
        (
            "[Analyst|Fund manager] {analyst} [called|said] the [numbers|results] [better than feared|were clean].",
            '"[Margins surprised us|The order book is full]", said {analyst}, an analyst.',
        ),
    ),
    boiler=(
        "Higher energy costs weighed on the whole industry.",
        "The company will pay an unchanged dividend.",
        "The results do not include one-off items.",
        "Rivals report their figures next week.",
    ),
    update_titles=(
        "{company} [chief|boss] {ceo} to [step down|leave] after [record|strong] quarter",
        "{company} to [buy back|repurchase] shares for {buyback} million",
    ),
    update_leads=(
        "{company} said on {day} it would buy back shares for {buyback} million, [a day|hours] after [reporting|posting] a profit of {profit} million, and chief executive {ceo} will [leave|step down].",
        "Chief executive {ceo} will [leave|step down from] {company}, the {product} maker said on {day}, and shares worth {buyback} million will be bought back.",
    ),
)

STORM = Kind(
    titles=(
        "[Storm|Hurricane|Cyclone] {storm} [slams into|makes landfall in|batters] {place}",
        "{storm} [leaves|knocks out power to] {homes} [without power|homes] in {place}",
        "[Thousands|Families] flee as {storm} [nears|reaches] {country} coast",
        "{country}: {dead} dead [as|after] {storm} [floods|lashes] {place}",
    ),
    leads=(
        "[Storm|Cyclone] {storm} [hit|slammed into|reached] the coast near {place} on {day} with winds of {wind} km/h, [killing|leaving] {dead} people[| dead].",
        "[At least|Some] {homes} homes were without [power|electricity] in {country} on {day} after {storm} [came ashore|made landfall] at {place}.",
        "Winds of {wind} kilometres an hour and [heavy|torrential] rain [battered|lashed] {place} on {day} as {storm} [moved|swept] over {country}, where {dead} people died.",
    ),
    body=(
        (
            "[About|Some] {evac} people were [moved|taken] to shelters [in {town}|].",
            "[Authorities|Officials] [evacuated|moved] {evac} residents, many of them to {town}.",
        ),
        (
            "{official}, the mayor of {place}, [urged|asked] people to stay [indoors|at home].",
            '"[Stay inside and wait|Do not drive]", mayor {official} told [residents|radio listeners].',
        ),
        (
            "The {river} [rose|swelled] {metres} metres and [burst|spilled over] its banks.",
            "Water in the {river} stood {metres} metres above normal.",
        ),
        (
            "{witness}, who runs a [hotel|shop] in {place}, said the roof was [gone|torn off] [in seconds|within minutes].",
            '"[We heard a roar|The windows blew in]", said {witness}, [who lives by the harbour|a fisherman].',
        ),
        (
            "Rail and ferry [services|traffic] [stopped|was suspended] and the [airport|port] in {capital} [closed|shut].",
            "Flights from {capital} were [cancelled|grounded].",
        ),
    ),
    boiler=(
        "Forecasters expect the storm to weaken over land.",
        "The season has been unusually busy.",
        "Warm seas feed such storms, meteorologists say.",
        "Repair crews wait for the wind to drop.",
    ),
    update_titles=(
        "{storm}: toll [rises|climbs] to {dead} in {country}",
        "{storm} death toll [now|reaches] {dead} [as|after] {river} floods {place}",
    ),
    update_leads=(
        "The number of people killed by {storm} in {country} [rose|climbed] to {dead} on {day}, and {homes} homes [still had|remained without] [no |]power.",
        "{storm} has [killed|claimed] {dead} [people|lives] in {country}, [officials|authorities] said on {day}, [raising|correcting] an earlier count.",
    ),
)

ELECTION = Kind(
    titles=(
        "{winner} [wins|claims victory in] {country} [election|vote]",
        "{country} [votes|election]: {winner} [ahead|leads] with {pct} percent",
        "{loser} concedes [defeat |]to {winner} in {country}",
        "{party} [sweeps|takes] {country} [polls|election]",
    ),
    leads=(
        "{winner} of the {party} [won|claimed victory in] {country}'s [general |presidential ]election on {day} with {pct} percent of the vote.",
        "Voters in {country} [chose|elected] {winner} as their next leader on {day}, [ending|after] {years} years [in power|of rule] for {loser}.",
        "{loser} [conceded|admitted] defeat on {day} after {winner} took {pct} percent in {country}'s election.",
    ),
    body=(
        (
            "Turnout was {turnout} percent, the [electoral|election] commission in {capital} said.",
            "The commission put turnout at {turnout} percent, [the highest|a high] in decades.",
        ),
        (
            '"[This is your victory|Tomorrow we start work]", {winner} told supporters in {capital}.',
            "{winner} [thanked|addressed] supporters [in a square|at a hotel] in {capital}.",
        ),
        (
            "The {party} will [hold|have] {seats} seats in the [new |]parliament.",
            "With {seats} seats the {party} [needs|must find] a partner.",
        ),
        (
            "{loser} [called for|urged] calm and [wished|offered] [the winner|the new government] well.",
            "In {town}, [the stronghold|home] of {loser}, the streets were quiet.",
        ),
        (
            "The campaign was [dominated|shaped] by {issue}.",
            "{issue} had been the main issue [for voters|of the campaign].",
        ),
    ),
    boiler=(
        "Observers called the vote orderly.",
        "The new government takes office next month.",
        "Polling stations stayed open late because of long queues.",
        "Final results are due within days.",
    ),
    update_titles=(
        "{winner} names {minister} finance minister [after|following] {country} [win|vote]",
        "{country}: {winner} [agrees|forms] coalition with {partner}",
    ),
    update_leads=(
        "{winner}, who won {country}'s election, [agreed|formed] a coalition with the {partner} on {day} and named {minister} finance minister.",
        "The {party} and the {partner} [agreed|decided] to govern {country} together, {winner} said on {day}, with {minister} in charge of finance.",
    ),
)

STRIKE = Kind(
    titles=(
        "{workers} in {place} [walk out|go on strike] over [pay|wages]",
        "{place} {workers} strike [leaves|strands] {people} [stranded|]",
        "Strike by {workers} [paralyses|brings] {place}[| to a halt]",
        "{union} [calls|begins] {days}-day [strike|walkout] in {place}",
    ),
    leads=(
        "{workers} in {place} [walked out|stopped work] on {day} in a dispute over [pay|wages], [leaving|affecting] {people} people.",
        "A strike by {workers} [began|started] in {place} on {day}, with the {union} union [demanding|asking for] {pct} percent more pay.",
        "[Life|Traffic] in {place} [slowed|came to a halt] on {day} as {workers} [began|started] a {days}-day strike called by {union}.",
    ),
    body=(
        (
            "\"[We can't live on promises|Prices rise and wages don't]\", said union leader {leader}.",
            "{leader}, who leads the {union} union, [spoke of|reported] full [support|backing] among members.",
        ),
        (
            "The [operator|employer], {company}, [has offered|offers] {offer} percent over two years.",
            "{company} [called|described] the [demand|claim] [of {pct} percent |]unaffordable and [offered|held to] {offer} percent.",
        ),
        (
            "[Talks|Negotiations] [broke down|failed] in {town} [late|early] [on Sunday|this week].",
            "[Mediator|Former minister] {mediator} will [try|invite both sides] [again|to {town}].",
        ),
        (
            "[Some|About] {people} [customers|people] [were affected|had to look for another way].",
            '{witness}, [a commuter|who was waiting at the gate], said: "[I have given up|Nobody told us anything]".',
        ),
        ("The strike is [due|set] to last {days} days.", "{days} days of action are [planned|announced]."),
    ),
    boiler=(
        "Inflation has eaten into real wages.",
        "It is the second such dispute this year.",
        "Business groups warned of the cost to the economy.",
        "The government says it will not step in.",
    ),
    update_titles=(
        "{place} {workers} [end|call off] strike after {offer2} percent [deal|offer]",
        "Deal [ends|settles] {workers} strike in {place}",
    ),
    update_leads=(
        "{workers} in {place} will return to work after {union} and {company} [agreed|settled] on a rise of {offer2} percent, mediator {mediator} said on {day}.",
        "The strike by {workers} in {place} [ended|is over]: {company} will pay {offer2} percent more, the {union} union said on {day}.",
    ),
)

KINDS = {
    "quake": QUAKE,
    "court": COURT,
    "match": MATCH,
    "earnings": EARNINGS,
    "storm": STORM,
    "election": ELECTION,
    "strike": STRIKE,
}
