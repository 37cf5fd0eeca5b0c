"""Who seems to be calling, as far as the dialogue may know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from matcher.domain.people import Purpose


@dataclass(frozen=True, slots=True)
class Outing:
    """A live outing of the caller's file. Its day is never spoken, only compared with the caller's.

    Attributes:
        starts_at: aware.
        found: somebody has said yes.
        started: the outing is under way.
    """

    id: str
    starts_at: datetime
    found: bool
    started: bool = False


@dataclass(frozen=True, slots=True)
class Usual:
    """What the last outing was like, from the senior's own door. Never spoken."""

    purpose: Purpose
    duration_h: float


@dataclass(frozen=True, slots=True)
class Caller:
    """Who seems to be calling: never a name nor an address, so that neither can be spoken.

    The number shown identifies and never authenticates: nothing here may be told to the caller
    but that an outing has found somebody or not.

    Attributes:
        known: the number belongs to a senior's file.
        senior_id: that file.
        home_in_file: the file has the address of the senior's home.
        phone_usable: the number can be called back.
        number: the number shown, E.164, of a caller without a file; it is theirs to confirm.
        takes_sms: the number is a mobile's.
        outings: what is under way for the senior, the next one first.
        usual: what "as last time" means.
        volunteer_id: the number belongs to a volunteer's file.
        held: what the volunteer has promised, the next one first.
    """

    known: bool
    senior_id: str | None
    home_in_file: bool
    phone_usable: bool
    number: str | None = None
    takes_sms: bool = False
    outings: tuple[Outing, ...] = ()
    usual: Usual | None = None
    volunteer_id: str | None = None
    held: tuple[Outing, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The caller as JSON values."""
        return {
            "known": self.known,
            "senior_id": self.senior_id,
            "home_in_file": self.home_in_file,
            "phone_usable": self.phone_usable,
            "number": self.number,
            "takes_sms": self.takes_sms,
            "outings": [_outing_to_json(outing) for outing in self.outings],
            "usual": self.usual and [self.usual.purpose.value, self.usual.duration_h],
            "volunteer_id": self.volunteer_id,
            "held": [_outing_to_json(outing) for outing in self.held],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Caller:
        """The caller that `to_json` wrote."""
        usual = data["usual"]
        return cls(
            **{
                **data,
                "outings": tuple(_outing_from_json(one) for one in data["outings"]),
                "usual": Usual(Purpose(usual[0]), usual[1]) if usual else None,
                "held": tuple(_outing_from_json(one) for one in data["held"]),
            }
        )


def _outing_to_json(outing: Outing) -> list[Any]:
    return [outing.id, outing.starts_at.isoformat(), outing.found, outing.started]


def _outing_from_json(data: list[Any]) -> Outing:
    return Outing(data[0], datetime.fromisoformat(data[1]), data[2], data[3])
