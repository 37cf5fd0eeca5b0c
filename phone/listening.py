"""What the line makes of a phrase, for the command line: one JSON object a phrase."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from matcher.domain import addresses
from matcher.geocoding.gazetteer import Gazetteer
from phone.dialogue.understanding import answers
from phone.dialogue.understanding.durations import understand_duration
from phone.dialogue.understanding.grammar import Step
from phone.dialogue.understanding.names import understand_name
from phone.dialogue.understanding.normalise import normalise
from phone.dialogue.understanding.recurrence import understand_recurrence
from phone.dialogue.understanding.telephone import understand_phone_number
from phone.dialogue.understanding.when import to_json, trace_when, understand_when


class Kind(StrEnum):
    """What to listen for."""

    WHEN = "when"
    WHERE = "where"
    YESNO = "yesno"
    MENU = "menu"
    PURPOSE = "purpose"
    NEEDS = "needs"
    DISTRESS = "distress"
    DURATION = "duration"
    RECURRENCE = "recurrence"
    NAME = "name"
    PHONE = "phone"


_FROM_LISTS = (Kind.YESNO, Kind.MENU, Kind.PURPOSE, Kind.NEEDS, Kind.DISTRESS)


def where(gazetteer: Gazetteer, phrase: str) -> dict[str, object]:
    """The address in a phrase."""
    return addresses.to_json(gazetteer.find(phrase))


def explain_where(gazetteer: Gazetteer, phrase: str) -> tuple[Step, ...]:
    """The steps that led to the address: what was heard, what is meant, and how sure it is."""
    trace = gazetteer.trace(phrase)
    steps = [Step("words", phrase, " ".join(trace.words))]
    steps += (
        Step("area", str(number), "arrondissement said") for number in sorted(trace.arrondissements)
    )
    steps += (Step("mention", said, f"meant: {chance:.0%}") for said, chance in trace.chances)
    if trace.place is not None:
        steps.append(Step("place", *trace.place))
    return (*steps, Step("why", _outcome(trace.match), trace.why))


def _outcome(match: addresses.AddressMatch) -> str:
    """How an answer is given: "sure" or "confirm", else what it is instead of an address."""
    match match:
        case addresses.AddressFound() | addresses.StreetFound():
            return match.confidence.value
        case addresses.AddressAmbiguous():
            return "ambiguous"
        case addresses.AddressUnknown():
            return "reject"


def listen(kind: Kind, phrase: str, now: datetime, zone: ZoneInfo) -> dict[str, object]:
    """Anything but an address; what is not understood is null."""
    match kind:
        case Kind.WHEN:
            return dict(to_json(understand_when(phrase, now, zone)))
        case Kind.YESNO:
            return {"answer": answers.understand_yesno(phrase)}
        case Kind.MENU:
            return {"choice": answers.answer_menu(phrase)}
        case Kind.PURPOSE:
            return {"purpose": answers.answer_purpose(phrase)}
        case Kind.NEEDS:
            return {"needs": sorted(answers.understand_needs(phrase))}
        case Kind.DISTRESS:
            return {"distress": answers.is_distress(phrase)}
        case Kind.DURATION:
            lasts = understand_duration(phrase)
            return {"minutes": None if lasts is None else round(lasts / timedelta(minutes=1))}
        case Kind.RECURRENCE:
            again = understand_recurrence(phrase)
            return {
                "every_weeks": again and again.every_weeks,
                "weekdays": again and list(again.weekdays),
            }
        case Kind.NAME:
            return {"name": understand_name(phrase)}
        case Kind.PHONE:
            return {"phone": understand_phone_number(phrase)}
        case Kind.WHERE:
            raise ValueError("an address is looked for with `where`")


def explain(kind: Kind, phrase: str, now: datetime, zone: ZoneInfo) -> tuple[Step, ...]:
    """The steps that led there: the words as they are compared, and what each part matched."""
    if kind is Kind.WHEN:
        return trace_when(phrase, now, zone)[1]
    if kind in _FROM_LISTS:
        return answers.trace_words(kind, phrase)
    return (Step("words", phrase, normalise(phrase)),)


def in_zone(at: datetime, zone: ZoneInfo) -> datetime:
    """The instant itself, or a naive one read as the territory's local time."""
    return at if at.tzinfo is not None else at.replace(tzinfo=zone)
