"""Addresses, and what listening to somebody say one can come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

from matcher.domain.geo import Point

ORDINALS = (
    "premier",
    "deuxième",
    "troisième",
    "quatrième",
    "cinquième",
    "sixième",
    "septième",
    "huitième",
    "neuvième",
    "dixième",
    "onzième",
    "douzième",
    "treizième",
    "quatorzième",
    "quinzième",
    "seizième",
    "dix-septième",
    "dix-huitième",
    "dix-neuvième",
    "vingtième",
)
"""Of the arrondissements, for the ear."""


class Confidence(StrEnum):
    """Whether a match may be taken as heard, or must be read back as a question."""

    SURE = "sure"
    CONFIRM = "confirm"


@dataclass(frozen=True, slots=True)
class Address:
    """One door of the territory, its street spelled as the official file spells it."""

    number: int
    rep: str | None
    street: str
    postcode: str
    point: Point

    @property
    def house_number(self) -> str:
        """The number as written: "55" or "55 bis"."""
        return f"{self.number} {self.rep}" if self.rep else str(self.number)

    @property
    def label(self) -> str:
        """The address for the eye: "55 bis rue des Martyrs, 75009 Paris"."""
        street = self.street[:1].lower() + self.street[1:]
        return f"{self.house_number} {street}, {self.postcode} Paris"

    @property
    def spoken(self) -> str:
        """The address for the ear: "55 bis, rue des Martyrs, dans le neuvième"."""
        return f"{self.house_number}, {spoken_street(self.street, self.postcode)}"

    def to_json(self) -> dict[str, Any]:
        """As JSON values, its point in WGS 84 degrees."""
        return {
            "number": self.number,
            "rep": self.rep,
            "street": self.street,
            "postcode": self.postcode,
            "lat": self.point.lat,
            "lon": self.point.lon,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Address:
        """The address that `to_json` wrote."""
        return cls(
            number=data["number"],
            rep=data["rep"],
            street=data["street"],
            postcode=data["postcode"],
            point=Point(lat=data["lat"], lon=data["lon"]),
        )


@dataclass(frozen=True, slots=True)
class AddressFound:
    """A known door."""

    address: Address
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class StreetFound:
    """A known street, without a number that can be used."""

    street: str
    postcode: str
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class AddressAmbiguous:
    """A street name that lies in several postcodes, none of which was said."""

    street: str
    postcodes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AddressUnknown:
    """Nothing that can be used; `outside` when another town was clearly meant."""

    outside: bool


AddressMatch: TypeAlias = AddressFound | StreetFound | AddressAmbiguous | AddressUnknown


def spoken_arrondissement(postcode: str) -> str:
    """A Paris postcode for the ear: "75008" is "dans le huitième"; any other stays as it is.

    "75116" is the second postcode of the sixteenth.
    """
    if postcode == "75116":
        postcode = "75016"
    if postcode.startswith("750") and 1 <= int(postcode[3:]) <= len(ORDINALS):
        return f"dans le {ORDINALS[int(postcode[3:]) - 1]}"
    return postcode


def spoken_street(street: str, postcode: str) -> str:
    """A street for the ear: "rue des Martyrs, dans le neuvième"."""
    return f"{street[:1].lower()}{street[1:]}, {spoken_arrondissement(postcode)}"


def to_json(match: AddressMatch) -> dict[str, object]:
    """The answer of `compagnie understand where`, one shape per kind of match."""
    match match:
        case AddressFound(address=address, confidence=confidence):
            return {
                "number": address.number,
                "rep": address.rep,
                "street": address.street,
                "postcode": address.postcode,
                "lon": address.point.lon,
                "lat": address.point.lat,
                "confidence": confidence.value,
            }
        case StreetFound(street=street, postcode=postcode, confidence=confidence):
            return {"street_only": street, "postcode": postcode, "confidence": confidence.value}
        case AddressAmbiguous(street=street, postcodes=postcodes):
            return {"ambiguous": True, "street": street, "candidates": list(postcodes)}
        case AddressUnknown(outside=outside):
            return {"reject": True, "outside": outside}
