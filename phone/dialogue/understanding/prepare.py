"""A caller's words made ready for the grammars of days and hours."""

from __future__ import annotations

import re

from phone.dialogue.understanding.clock import Clock, find_clock
from phone.dialogue.understanding.grammar import (
    FILLER,
    MONTH,
    MONTHS,
    PART,
    WEEKDAY,
    WEEKDAYS,
    Reason,
    RefusedError,
)
from phone.dialogue.understanding.normalise import normalise

_NUMERIC_DATE = re.compile(r"\b(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})\b|\b(\d{1,2})/(\d{1,2})\b")
_WRITTEN_TIME = re.compile(r"\b(\d{1,2})\s*(?:h\.?|[:.])\s*(\d{2})\b")
_WRITTEN_HOUR = re.compile(r"\b(\d{1,2})\s*h\b")
_SHORT_DAY = re.compile(r"\b(lun|mar|mer|jeu|ven|sam|dim)\.")
_SHORT_MONTH = re.compile(r"(?<=\d )(janv|f[eé]vr|avr|juil|sept|oct|nov|d[eé]c)\b\.?")

_STREET_NAME = re.compile(
    r"\b(?:rue|avenue|boulevard|place|quai|square|passage|impasse|allee|metro|station)"
    rf"(?: (?:du|de|des|la|l))* (?:\d{{1,2}}(?:er)? {MONTH}(?: \d{{4}})?|midi|{WEEKDAY})\b"
)
_ENDS_IN_NO = re.compile(r"\bnon(?: rien| merci)?$")
_TELEPHONE = re.compile(r"\b\d{1,2}(?: \d{2}){3,}\b(?! heures?)")
_NOT_BEFORE = re.compile(r"\bpas avant\b")
_ONE_IN_TWO = re.compile(rf"\b(?P<name>{WEEKDAY}) sur \d{{1,2}}\b")
_TOLD_IN_PASSING = re.compile(
    rf"\bnee? (?:le |un )?(?:{WEEKDAY}|\d{{1,2}}(?:er)? {MONTH}(?: \d{{4}})?)\b"
    r"|\bil est (?:deja |presque )?\d{1,2} heures?(?: et demie?| et quart| \d{1,2})?\b"
    r"|\b(?:aujourd hui )?(?:on est|nous sommes|on etait)(?: bien)?(?: aujourd hui)?"
    r"(?: quel jour)?(?: aujourd hui)? (?:le )?"
    rf"(?:{WEEKDAY}|\d{{1,2}} {MONTH})\b(?: aujourd hui\b)?"
    r"|\bil fait (?:nuit|noir|jour) (?:de bonne heure|tot|tard)\b"
    rf"|\b(?:la semaine derniere|avant hier|hier|{WEEKDAY} dernier) (?:je|j|on|nous) "
    r"(?:\w+ ){1,8}?(?=alors|donc|c est pour|cette fois)"
    r"|\bs il (?:pleut|neige|gele|fait (?:beau|froid|mauvais))(?: pas)?\b"
    r"|\bquel jour (?:c est|on est|nous sommes)(?: aujourd hui)?\b"
    rf"|\b(?:ferme|ferment|fermee?s?) (?:le |du )?{WEEKDAY}\b"
    rf"|\b(?:avant|d habitude|normalement|en general) (?:c est|c etait) (?:le )?{WEEKDAY}\b"
)
# "le rendez-vous est à quinze heures", "ils ouvrent à neuf heures", "je reviendrai à midi": the
# hours of something else, as long as another hour is said.
_HOUR = (
    r"(?:\d{1,2} heures?|midi|minuit)\b"
    r"(?: et demie?\b| et quart\b| moins (?:le )?quart\b| moins \d{1,2}\b| \d{1,2}\b)?"
)
_OTHER_HOUR = re.compile(
    r"\b(?:(?:rendez vous|train|avion|car|messe|film|seance|cours|concert|spectacle|atelier"
    r"|reunion|repas|consultation|ceremonie|elle|il|ca|ils|elles) (?:est|commence|demarre"
    r"|a lieu|part|decolle|ouvre|ferme|finit|ouvrent|ferment|commencent)"
    r"|m attend|m attendent|me prend|me prennent|me recoit|me recoivent|me convoque"
    r"|reviendrai|reviens|retour|rentrer|rentre"
    r"|dit de venir|demande de venir|dit d etre la"
    r"|menagere part|infirmiere passe|j ai (?:1 |mon |le )?(?:train|avion|car|rendez vous))"
    rf" (?:a|vers|pour|avant) {_HOUR}|\b(?:a|vers) {_HOUR} j ai (?=(?:l|le|la|mon|ma|1)\b)"
)
_ANY_HOUR = re.compile(rf"\b{_HOUR}")
# "la consultation est à quatorze heures, donc partir à treize heures".
_LEAVING = re.compile(
    r"\b(?:part(?:ir|irais|irai|ons|e|ez|ie?)|pars|depart|ven(?:ir|ez)|vien(?:ne|nent|dra|drait)"
    r"|pass(?:er|ez|e) (?:me|nous|chez moi)|(?:me|nous) (?:chercher|prendre)|passez"
    r"|sort(?:ir|irais|irai|e|ez)|sors)"
    rf" (?:\w+ ){{0,4}}?(?:a|vers|pour) (?P<hour>{_HOUR})"
)
_OR_ANOTHER = re.compile(rf" (?:(?:ou|et|a|voire|jusqu a|plutot|non) )*(?:a )?{_HOUR}")
# "le rendez-vous est à dix heures, une demi-heure avant".
_EARLIER = re.compile(
    r"\b(?P<lapse>(?:1 )?demi(?:e)? heure|[13] quarts? d heure|\d{1,2} minutes?|1 heure"
    r"(?: et demie?)?)(?: plus tot| avant)\b(?! (?:midi|\d))"
)
_PART_OF_A_DATE = re.compile(rf"\b(?P<part>{PART}|journee|date) du (?=\d{{1,2}}\b)")
_NEXT_WEEK_INSTEAD = re.compile(
    r"\bpas cette semaine(?: (?:mais|plutot))* (?:(?:celle|semaine) d apres|l autre d apres"
    r"|la suivante|celle qui suit|la prochaine|la semaine prochaine)\b"
)
_THIS_WEEK_INSTEAD = re.compile(
    r"\bpas la semaine prochaine(?: (?:mais|plutot|hein))*(?= cette semaine\b)"
)
# "lundi j'ai le kiné, alors mardi": the first one is told as the reason.
_TAKEN = re.compile(
    rf"\b(?:(?:le )?{WEEKDAY}(?: {PART})?|demain|aujourd hui|le \d{{1,2}})"
    r" (?:j ai|je vais|je suis|il y a|c est(?= (?:mon|ma|l|la|ferie|pris)\b)) (?:\w+ ?){1,6}?"
    rf"(?=\b(?:alors|donc|plutot|{WEEKDAY}|apres demain|demain|le \d{{1,2}})\b|\||$)"
)
# "vendredi en huit, parce que ce vendredi j'ai mon bridge".
_BECAUSE = re.compile(
    rf"\b(?:parce que|car|vu que|puisque) (?:le |ce )?(?:{WEEKDAY}|demain|aujourd hui) .*?"
    r"(?=\b(?:alors|donc|plutot)\b|$)"
)
_FEAST_OF_SOMETHING = re.compile(
    r"\b(?P<what>repas|marche|courses|fete|gouter|cadeaux?|arbre|spectacle|concert|vacances)"
    r" (?:de |du )?(?:noel|nouvel an|la toussaint)\b"
)
_DAY_AFTER_TOMORROW = re.compile(
    r"\bpas demain(?: (?:mais|plutot))* le (?:jour d apres|lendemain)\b"
)
_MANY_PARTS = re.compile(r"\b(matin|soir|midi)s\b")
_SORRY_AFTER = re.compile(rf"\b(?P<first>{WEEKDAY}) (?P<meant>{WEEKDAY}) (?:pardon|plutot)\b")
_THE_ONE_AFTER = re.compile(
    rf"\b(?P<name>{WEEKDAY})(?: prochain)? pas (?:celui (?:la|ci|qui vient|de cette semaine)"
    rf"|ce {WEEKDAY}|demain|cette semaine)(?: (?:mais|plutot))*"
    rf" (?:le suivant|celui d apres|le prochain|celui qui suit|l autre(?: {WEEKDAY})?)\b"
)
_NOT_THIS_ONE = re.compile(
    rf"\bpas (?:(?:ce|le) )?(?P<name>{WEEKDAY})(?: qui vient| prochain)?(?: (?:mais|plutot))*"
    rf" (?:le suivant|celui d apres|celui qui suit|l autre(?: {WEEKDAY})?"
    rf"|(?:le )?{WEEKDAY} (?:d apres|suivant))\b"
)
_RATHER = re.compile(
    r"\b(?:disons|va pour|on va dire|mettez)"
    rf"(?= (?:(?:le )?(?:{WEEKDAY}|demain|apres demain)|(?:a )?\d{{1,2}} heures?|midi)\b)"
)
_EXCLUDED = (
    rf"(?:{WEEKDAY}(?: prochain)?(?: {PART})?|apres demain|demain(?: {PART})?|aujourd hui|{PART}"
    rf"|\d{{1,2}} heures?(?: \d{{1,2}})?|\d{{1,2}}(?:er)? {MONTH})"
)
_RULED_OUT = re.compile(
    r"\b(?:(?:et )?non pas|et non|(?:surtout |et )?(?<!sais )(?<!sait )pas"
    r"(?: (?:libre|disponible|la))?|sauf|ni)"
    rf" (?:(?:a|le|l|la|ce|cet|de|du) )*{_EXCLUDED}\b"
    rf"|\b(?:le )?{_EXCLUDED} (?:(?:c|ce|est|n) )*(?:pas possible|impossible)\b"
    rf"|\b(?:le )?{_EXCLUDED} (?:(?:je|j|ca|ce|c|on|ne|n|me) )*"
    r"(?:peux|pourrai|pourrais|suis|va|est|sera|convient|arrange) pas\b(?: (?:libre|possible|bon))?"
    rf"|\b(?:le |a )?{_EXCLUDED} (?:c est|ce serait|ca fait) trop (?:tard|tot)\b"
)
_SOME_DAY = re.compile(
    rf"\b(?:{WEEKDAY}|demain|aujourd hui|{MONTH}|le \d{{1,2}}|jours?|semaines?|noel)\b"
)
_RATHER_THAN = re.compile(
    rf"\b(?P<kept>(?:plutot|mieux|prefere|preference)(?: \w+){{0,6}}?)"
    rf" (?:que|qu) (?:(?:a|le|l|la|de) )*{_EXCLUDED}\b"
)


def prepare(text: str) -> str:
    """Normalised words in which hours are written "15 heures 30" and no number is a street's.

    What is ruled out ("pas mardi", "plutôt que mardi"), told in passing ("il est dix heures") or
    the hour of something else ("le train est à midi, partons à onze heures") is gone.

    Raises:
        RefusedError: a month above twelve, or all that was said was taken back.
    """
    lowered = _SHORT_MONTH.sub(_spell_month, _SHORT_DAY.sub(_spell_weekday, text.lower()))
    lowered = _NUMERIC_DATE.sub(_spell_date, lowered)
    lowered = _WRITTEN_TIME.sub(r"\1 heures \2", lowered)
    words = normalise(_WRITTEN_HOUR.sub(r"\1 heures", lowered))
    # "un mardi" became "1 mardi": the article is no number.
    words = re.sub(rf"\b1 (?={WEEKDAY}\b)", "", words)
    words = FILLER.sub("", _RATHER.sub("plutot", words)).strip()
    words = _TELEPHONE.sub(" | ", _STREET_NAME.sub(" | ", words))
    words = _ONE_IN_TWO.sub(r"\g<name>", _TOLD_IN_PASSING.sub(" | ", words))
    words = _SORRY_AFTER.sub(r"\g<first> non \g<meant>", _MANY_PARTS.sub(r"\1", words))
    words = _NOT_THIS_ONE.sub(r"\g<name> en 8", _THE_ONE_AFTER.sub(r"\g<name> en 8", words))
    words = _DAY_AFTER_TOMORROW.sub("apres demain", _FEAST_OF_SOMETHING.sub(r"\g<what>", words))
    words = _without_taken_days(_BECAUSE.sub(" | ", words))
    words = _without_other_hours(_earlier(words))
    words = _NOT_BEFORE.sub("a partir de", words)
    words = _PART_OF_A_DATE.sub(r"\g<part> le ", words)
    words = _THIS_WEEK_INSTEAD.sub(" | ", _NEXT_WEEK_INSTEAD.sub("la semaine prochaine", words))
    if _ENDS_IN_NO.search(words):
        raise RefusedError(Reason.UNKNOWN)
    words = _RATHER_THAN.sub(r"\g<kept>", words)
    for ruled_out in _RULED_OUT.finditer(words):
        name = ruled_out.group().split()[-1]
        if name.rstrip("s") in WEEKDAYS:
            # "vendredi, non, pas vendredi": nor when it was said before.
            words = re.sub(rf"\b{name}\b(?=.*{re.escape(ruled_out.group())})", "|", words)
    left = _RULED_OUT.sub(" | ", words)
    if _ANY_HOUR.search(left) and _SOME_DAY.search(words) and not _SOME_DAY.search(left):
        # Whoever says only which day it cannot be is asked for another.
        return f"{left} | 1 autre jour"
    return left


def _without_taken_days(words: str) -> str:
    """The day of the outing alone, where others are named for what keeps the caller then."""
    free = _TAKEN.sub(" | ", words)
    return free if _SOME_DAY.search(free) else words


def _without_other_hours(words: str) -> str:
    """The hour of the outing alone, where those of an appointment or of the way back are told."""
    alone = _OTHER_HOUR.sub(" | ", words)
    words = alone if _ANY_HOUR.search(alone) else words
    leaving = list(_LEAVING.finditer(words))
    if len(leaving) == 1 and not _OR_ANOTHER.match(words, leaving[0].end()):
        before, after = words[: leaving[0].start("hour")], words[leaving[0].end("hour") :]
        return f"{_cut_hours(before)}{leaving[0]['hour']}{_cut_hours(after)}"
    return words


def _cut_hours(words: str) -> str:
    return re.sub(rf"(?:\b(?:a|vers|pour) )?\b{_HOUR}", " | ", words)


def _earlier(words: str) -> str:
    """The hour moved to when the caller wants to leave: "dix heures, une demi-heure avant"."""
    lapse = _EARLIER.search(words)
    if lapse is None:
        return words
    rest = _EARLIER.sub(" | ", words, count=1)
    hours = list(_ANY_HOUR.finditer(rest))
    clock = find_clock(hours[0].group()).clock if len(hours) == 1 else None
    if not isinstance(clock, Clock):
        return words
    minutes = clock.minutes + (0 if clock.settled or clock.minutes >= 8 * 60 else 12 * 60)
    minutes -= _lapse_min(lapse["lapse"])
    return (
        f"{rest[: hours[0].start()]}{minutes // 60} heures {minutes % 60}{rest[hours[0].end() :]}"
    )


def _lapse_min(lapse: str) -> int:
    if "demi" in lapse and lapse.startswith(("demi", "1 demi")):
        return 30
    if "quart" in lapse:
        return 15 * int(lapse[0])
    if "minute" in lapse:
        return int(lapse.split()[0])
    return 90 if "demi" in lapse else 60


def _spell_date(match: re.Match[str]) -> str:
    day, month, year = match[1] or match[4], int(match[2] or match[5]), match[3]
    if not 1 <= month <= 12:
        raise RefusedError(Reason.NO_SUCH_DATE)
    full_year = "" if year is None else f" {year if len(year) == 4 else 2000 + int(year)}"
    return f"{day} {MONTHS[month - 1]}{full_year}"


def _spell_weekday(match: re.Match[str]) -> str:
    return next(name for name in WEEKDAYS if name.startswith(match[1]))


def _spell_month(match: re.Match[str]) -> str:
    start = match[1].replace("é", "e")
    return next(name for name in MONTHS if name.startswith(start))
