"""Which street names are like what was heard, by spelling and by sound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rapidfuzz import fuzz, process

from matcher.geocoding.sound import sound_key


@dataclass(frozen=True, slots=True)
class Likeness:
    """From when a name is like another, 0 to 100 (docs/adr tells how the numbers were chosen).

    They only separate a question to confirm from "unknown", never what is sure.

    Attributes:
        in_arrondissement: the least likeness of a street of the arrondissement said.
        anywhere: the same when no arrondissement was said, or none of its streets is like it;
            higher, as twenty times more names are in reach.
        sound_share: how much of a mixed likeness is the sound's, 0 to 1; the rest is spelling.
        other_kind: likeness lost when the kind differs ("rue Parmentier" for an avenue).
        no_such_number: likeness lost when the street has not the number said.
        last_name_only: likeness lost when only the last word of the name was said
            ("rue Losserand" for "rue Raymond Losserand").
        unexplained: likeness lost for each word left over behind the name.
    """

    in_arrondissement: float = 75.0
    anywhere: float = 81.0
    sound_share: float = 0.7
    other_kind: float = 5.0
    no_such_number: float = 5.0
    last_name_only: float = 6.0
    unexplained: float = 4.0

    def of(self, spelling: float, sound: float) -> float:
        """The likeness of two names from the ratios of their spellings and of their sounds.

        What is spelled alike is alike; what only sounds alike must be spelled a little alike.
        """
        mixed = self.sound_share * sound + (1 - self.sound_share) * spelling
        return max(spelling, mixed)


DEFAULT = Likeness()
"""The numbers chosen for Paris."""


@dataclass(frozen=True, slots=True)
class Names:
    """Names with their sounds, in the same order."""

    names: list[str] = field(default_factory=list)
    sounds: list[str] = field(default_factory=list)

    def add(self, name: str) -> None:
        """One more name, in normal form (see `words.street_key`)."""
        self.names.append(name)
        self.sounds.append(sound_key(name.split()))

    def like(self, name: str, least: float, likeness: Likeness) -> list[tuple[str, float]]:
        """The names whose likeness to `name` is at least `least`, in no order."""
        sound = sound_key(name.split())
        # A mixed likeness of `least` needs this much of the sound, were the spelling the same.
        least_sound = (least - 100 * (1 - likeness.sound_share)) / likeness.sound_share
        near = _near(name, self.names, least) | _near(sound, self.sounds, max(0.0, least_sound))
        scored = (
            (
                self.names[index],
                likeness.of(
                    fuzz.ratio(name, self.names[index]), fuzz.ratio(sound, self.sounds[index])
                ),
            )
            for index in near
        )
        return [(found, score) for found, score in scored if score >= least]


def _near(heard: str, among: Sequence[str], least: float) -> set[int]:
    found = process.extract(heard, among, scorer=fuzz.ratio, score_cutoff=least, limit=None)
    return {index for _, _, index in found}
