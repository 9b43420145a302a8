"""The same kinds of events told in other languages; smaller than the English set."""

from __future__ import annotations

# ruff: noqa: E501  (a template is read best on one line)
from streams.template import Kind

ES_QUAKE = Kind(
    titles=(
        "Un terremoto [sacude|golpea] {place} y deja {dead} muertos",
        "Al menos {dead} muertos [por|tras] un sismo de magnitud {mag} en {place}",
        "Sismo en {country}: {hurt} heridos en {place}",
    ),
    leads=(
        "Un [fuerte|potente] terremoto de magnitud {mag} [sacudió|golpeó] {place}, en {country}, y causó al menos {dead} muertos, [informaron|dijeron] las autoridades.",
        "Al menos {dead} personas murieron cuando un sismo de magnitud {mag} [sacudió|estremeció] la ciudad de {place}.",
    ),
    body=(
        (
            "Los hospitales atendieron a {hurt} heridos.",
            "Hay [unos|cerca de] {hurt} heridos, según el servicio de salud.",
        ),
        (
            "{official}, gobernador de {place}, dijo que {homes} viviendas quedaron destruidas.",
            "Unas {homes} casas se derrumbaron, señaló {official}.",
        ),
        (
            "El epicentro se situó a {km} kilómetros, con una profundidad de {depth} km.",
            "El temblor tuvo una profundidad de {depth} kilómetros.",
        ),
        (
            "La carretera a {town} quedó cortada por derrumbes.",
            "Cortes de luz afectaron a {town} y a otras localidades.",
        ),
    ),
    boiler=(
        "Se esperan réplicas en los próximos días.",
        "No se emitió alerta de tsunami.",
        "Los sismos son frecuentes en la región.",
    ),
    update_titles=("Sube a {dead} el número de muertos por el terremoto en {place}",),
    update_leads=(
        "El número de muertos por el terremoto en {place} [subió|aumentó] a {dead}, mientras los rescatistas llegan a pueblos aislados.",
    ),
)

ES_MATCH = Kind(
    titles=(
        "{home} [vence|derrota] a {away} por {score} con gol de {scorer}",
        "{scorer} da el triunfo a {home} ante {away}",
        "{home} {score} {away}: decide {scorer}",
    ),
    leads=(
        "{home} [venció|derrotó] {score} a {away} en {ground} con un gol de {scorer} en el minuto {minute}.",
        "Un [gol|remate] de {scorer} en el minuto {minute} dio a {home} la victoria por {score} sobre {away}.",
    ),
    body=(
        (
            "{keeper}, portero de {away}, [evitó|impidió] más goles.",
            "El portero {keeper} mantuvo a {away} con vida.",
        ),
        (
            "Ante {crowd} espectadores, {second} estrelló un balón en el poste.",
            "{second} falló una ocasión clara ante {crowd} aficionados.",
        ),
        ('"Lo merecimos", dijo el técnico {coach}.', "El entrenador {coach} elogió la paciencia del equipo."),
        ("{home} suma {points} puntos.", "Con {points} puntos, {home} sube en la tabla."),
    ),
    boiler=(
        "El campo estaba pesado por la lluvia.",
        "El árbitro mostró cuatro tarjetas.",
        "No hubo goles antes del descanso.",
    ),
    update_titles=("{home} pierde a {scorer} por {weeks} semanas",),
    update_leads=(
        "{scorer}, autor del gol en el {score} ante {away}, estará {weeks} semanas de baja, informó {home}.",
    ),
)

ES_COURT = Kind(
    titles=(
        "{accused} se declara inocente en el juicio por {crime}",
        "{witness} declara en el juicio contra {accused}",
        "Comienza en {place} el juicio contra {accused}",
    ),
    leads=(
        "{witness} declaró ante un tribunal de {place} en el juicio por {crime} contra {accused}.",
        "{accused}, acusado de {crime}, escuchó en silencio la declaración de {witness} en {place}.",
    ),
    body=(
        (
            "La fiscalía habla de {money} millones de dólares.",
            "Según la acusación, se desviaron {money} millones.",
        ),
        (
            "El abogado {lawyer} pidió a la jueza {judge} que archive el caso.",
            "{lawyer}, por la defensa, puso en duda la memoria del testigo.",
        ),
        ("La pena máxima es de {sentence} años.", "{accused} se enfrenta a {sentence} años de cárcel."),
        ("La vista sigue el lunes ante {judge}.", "{judge} aplazó la sesión hasta el lunes."),
    ),
    boiler=(
        "El acusado niega los cargos.",
        "La sala estaba llena y la seguridad era estricta.",
        "No se espera sentencia antes de un mes.",
    ),
    update_titles=("Condenan a {accused} a {sentence2} años por {crime}",),
    update_leads=("Un tribunal de {place} condenó a {accused} a {sentence2} años de cárcel por {crime}.",),
)

DE_QUAKE = Kind(
    titles=(
        "Erdbeben [erschüttert|trifft] {place}: {dead} Tote",
        "Mindestens {dead} Tote bei Beben der Stärke {mag} in {place}",
        "Beben in {country}: {hurt} Verletzte in {place}",
    ),
    leads=(
        "Ein [schweres|starkes] Erdbeben der Stärke {mag} hat {place} in {country} [erschüttert|getroffen]; mindestens {dead} Menschen kamen ums Leben.",
        "Bei einem Erdbeben der Stärke {mag} sind in {place} mindestens {dead} Menschen [gestorben|getötet worden].",
    ),
    body=(
        ("Rund {hurt} Menschen wurden verletzt.", "Die Krankenhäuser versorgten {hurt} Verletzte."),
        (
            "{official}, der Gouverneur von {place}, sprach von {homes} zerstörten Häusern.",
            "Etwa {homes} Häuser stürzten ein, sagte {official}.",
        ),
        (
            "Das Zentrum lag {km} Kilometer entfernt in {depth} Kilometern Tiefe.",
            "Das Beben lag in einer Tiefe von {depth} Kilometern.",
        ),
        ("Die Straße nach {town} ist durch Erdrutsche gesperrt.", "In {town} fiel der Strom aus."),
    ),
    boiler=(
        "In den nächsten Tagen wird mit Nachbeben gerechnet.",
        "Eine Tsunamiwarnung gab es nicht.",
        "Die Region wird häufig von Beben getroffen.",
    ),
    update_titles=("Zahl der Toten nach Beben in {place} steigt auf {dead}",),
    update_leads=(
        "Die Zahl der Toten nach dem Erdbeben in {place} ist auf {dead} gestiegen, während Helfer abgelegene Dörfer erreichen.",
    ),
)

DE_MATCH = Kind(
    titles=(
        "{home} [schlägt|besiegt] {away} {score} durch Tor von {scorer}",
        "{scorer} schießt {home} zum Sieg gegen {away}",
        "{home} {score} {away}: {scorer} entscheidet",
    ),
    leads=(
        "{home} hat {away} in {ground} {score} [besiegt|geschlagen]; {scorer} traf in der {minute}. Minute.",
        "Ein [Tor|Treffer] von {scorer} in der {minute}. Minute brachte {home} den {score}-Sieg gegen {away}.",
    ),
    body=(
        ("{keeper} im Tor von {away} verhinderte mehr.", "Torwart {keeper} hielt {away} im Spiel."),
        (
            "Vor {crowd} Zuschauern traf {second} den Pfosten.",
            "{second} vergab vor {crowd} Zuschauern eine große Chance.",
        ),
        ('"Das war verdient", sagte Trainer {coach}.', "Trainer {coach} lobte die Geduld der Mannschaft."),
        ("{home} hat nun {points} Punkte.", "Mit {points} Punkten klettert {home} in der Tabelle."),
    ),
    boiler=(
        "Der Rasen war nach dem Regen schwer.",
        "Der Schiedsrichter zeigte vier gelbe Karten.",
        "Zur Pause stand es torlos.",
    ),
    update_titles=("{home} muss {weeks} Wochen auf {scorer} verzichten",),
    update_leads=(
        "{scorer}, Torschütze beim {score} gegen {away}, fällt {weeks} Wochen aus, teilte {home} mit.",
    ),
)

DE_COURT = Kind(
    titles=(
        "{accused} weist Vorwürfe im Prozess um {crime} zurück",
        "{witness} sagt im Prozess gegen {accused} aus",
        "Prozess gegen {accused} in {place} begonnen",
    ),
    leads=(
        "Im Prozess um {crime} gegen {accused} hat in {place} {witness} ausgesagt.",
        "{accused} schwieg vor dem Gericht in {place}, als {witness} im Prozess um {crime} aussagte.",
    ),
    body=(
        ("Es geht um {money} Millionen Dollar.", "Die Anklage nennt {money} Millionen Dollar."),
        (
            "Verteidiger {lawyer} bat Richterin {judge}, das Verfahren einzustellen.",
            "{lawyer} stellte für die Verteidigung das Gedächtnis des Zeugen in Frage.",
        ),
        ("Die Höchststrafe beträgt {sentence} Jahre.", "{accused} drohen {sentence} Jahre Haft."),
        ("{judge} vertagte die Verhandlung auf Montag.", "Am Montag geht es vor {judge} weiter."),
    ),
    boiler=(
        "Der Angeklagte bestreitet alles.",
        "Der Saal war voll, die Kontrollen streng.",
        "Ein Urteil wird nicht vor dem nächsten Monat erwartet.",
    ),
    update_titles=("{accused} wegen {crime} zu {sentence2} Jahren verurteilt",),
    update_leads=(
        "Ein Gericht in {place} hat {accused} wegen {crime} zu {sentence2} Jahren Haft verurteilt.",
    ),
)

FR_QUAKE = Kind(
    titles=(
        "Un séisme [frappe|secoue] {place} : {dead} morts",
        "Au moins {dead} morts dans un séisme de magnitude {mag} à {place}",
        "Séisme en {country} : {hurt} blessés à {place}",
    ),
    leads=(
        "Un [violent|puissant] séisme de magnitude {mag} a [frappé|secoué] {place}, en {country}, faisant au moins {dead} morts, selon les autorités.",
        "Au moins {dead} personnes sont mortes dans un tremblement de terre de magnitude {mag} à {place}.",
    ),
    body=(
        ("Les hôpitaux ont pris en charge {hurt} blessés.", "On compte environ {hurt} blessés."),
        (
            "{official}, gouverneur de {place}, parle de {homes} maisons détruites.",
            "Quelque {homes} maisons se sont effondrées, a dit {official}.",
        ),
        (
            "L'épicentre se trouvait à {km} kilomètres, à {depth} km de profondeur.",
            "La secousse s'est produite à {depth} kilomètres de profondeur.",
        ),
        ("La route de {town} est coupée par des éboulements.", "Le courant est coupé à {town}."),
    ),
    boiler=(
        "Des répliques sont attendues dans les prochains jours.",
        "Aucune alerte au tsunami n'a été lancée.",
        "Les séismes sont fréquents dans la région.",
    ),
    update_titles=("Séisme de {place} : le bilan monte à {dead} morts",),
    update_leads=(
        "Le bilan du séisme de {place} est monté à {dead} morts, tandis que les secours atteignent des villages isolés.",
    ),
)

FR_MATCH = Kind(
    titles=(
        "{home} [bat|domine] {away} {score} grâce à {scorer}",
        "{scorer} offre la victoire à {home} contre {away}",
        "{home} {score} {away} : {scorer} décisif",
    ),
    leads=(
        "{home} a [battu|dominé] {away} {score} à {ground} grâce à un but de {scorer} à la {minute}e minute.",
        "Un but de {scorer} à la {minute}e minute a donné à {home} une victoire {score} sur {away}.",
    ),
    body=(
        (
            "{keeper}, le gardien de {away}, a limité le score.",
            "Le gardien {keeper} a multiplié les arrêts pour {away}.",
        ),
        (
            "Devant {crowd} spectateurs, {second} a touché le poteau.",
            "{second} a manqué une occasion devant {crowd} spectateurs.",
        ),
        (
            "« C'est mérité », a dit l'entraîneur {coach}.",
            "L'entraîneur {coach} a salué la patience de l'équipe.",
        ),
        ("{home} compte {points} points.", "Avec {points} points, {home} remonte au classement."),
    ),
    boiler=(
        "La pelouse était lourde après la pluie.",
        "L'arbitre a sorti quatre cartons jaunes.",
        "Il n'y avait pas de but à la pause.",
    ),
    update_titles=("{home} privé de {scorer} pendant {weeks} semaines",),
    update_leads=(
        "{scorer}, buteur lors du {score} contre {away}, sera absent {weeks} semaines, a annoncé {home}.",
    ),
)

ZH_QUAKE = Kind(
    titles=(
        "{place}发生{mag}级地震 至少{dead}人死亡",
        "{country}{place}强震[致|造成]{dead}人遇难",
        "{place}地震：{hurt}人受伤",
    ),
    leads=(
        "{country}{place}[周二|当天]发生{mag}级地震，[官员说|当局表示]，至少{dead}人死亡。",
        "一场{mag}级强震[袭击|震动]了{country}的{place}，造成至少{dead}人[遇难|死亡]。",
    ),
    body=(
        ("医院收治了{hurt}名伤者。", "卫生部门说，约{hurt}人受伤。"),
        ("省长{official}说，{homes}间房屋被毁。", "{official}表示，约{homes}间房屋倒塌。"),
        ("震源深度{depth}公里。", "地震台网测得震源深度为{depth}公里。"),
        ("通往{town}的公路因山体滑坡中断。", "{town}等地停电。"),
    ),
    boiler=("专家提醒未来几天可能有余震。", "当局没有发布海啸预警。", "学校将停课检查。"),
    update_titles=("{place}地震死亡人数升至{dead}人",),
    update_leads=("{place}地震的死亡人数已上升到{dead}人，救援人员正赶往偏远村庄。",),
    space="",
)

RU_QUAKE = Kind(
    titles=(
        "Землетрясение в {place}: {dead} погибших",
        "Не менее {dead} человек погибли при землетрясении магнитудой {mag} в {place}",
        "{place}: после землетрясения {hurt} раненых",
    ),
    leads=(
        "[Сильное|Мощное] землетрясение магнитудой {mag} произошло в {place}, {country}; погибли не менее {dead} человек, [сообщили|заявили] власти.",
        "Не менее {dead} человек погибли при землетрясении магнитудой {mag} в городе {place}.",
    ),
    body=(
        ("В больницы доставили {hurt} раненых.", "Пострадали около {hurt} человек."),
        (
            "Губернатор {official} сообщил о {homes} разрушенных домах.",
            "Около {homes} домов обрушились, сказал {official}.",
        ),
        ("Очаг находился на глубине {depth} километров.", "Глубина составила {depth} километров."),
        ("Дорога на {town} перекрыта оползнями.", "В {town} нет света."),
    ),
    boiler=("В ближайшие дни ожидаются повторные толчки.", "Угрозы цунами нет.", "Школы останутся закрыты."),
    update_titles=("Число погибших при землетрясении в {place} выросло до {dead}",),
    update_leads=(
        "Число погибших при землетрясении в {place} выросло до {dead}, спасатели добираются до отдалённых сёл.",
    ),
)

KINDS = {
    ("es", "quake"): ES_QUAKE,
    ("es", "match"): ES_MATCH,
    ("es", "court"): ES_COURT,
    ("de", "quake"): DE_QUAKE,
    ("de", "match"): DE_MATCH,
    ("de", "court"): DE_COURT,
    ("fr", "quake"): FR_QUAKE,
    ("fr", "match"): FR_MATCH,
    ("zh", "quake"): ZH_QUAKE,
    ("ru", "quake"): RU_QUAKE,
}
