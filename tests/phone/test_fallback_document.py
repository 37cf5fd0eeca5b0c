"""The document for the day the whole service is away."""

from __future__ import annotations

from phone.fallback import fallback_document
from phone.simulator.grammar import read

NUMBERS = ("+33170000001", "+33170000002")


def test_it_says_the_emergency_sentence_and_rings_the_team_with_nothing_of_ours() -> None:
    document = fallback_document(NUMBERS)
    root = read(document)
    assert [one.text for one in root.iter("Number")] == list(NUMBERS)
    assert not [one for one in root.iter() if {"url", "action"} & one.attrib.keys()]
    said = " ".join("".join(one.itertext()) for one in root.iter("Say"))
    assert "15" in said
    assert "112" in said


def test_with_nobody_to_ring_it_still_says_so() -> None:
    root = read(fallback_document(()))
    assert root.find("Dial") is None
    assert root.find("Say") is not None
