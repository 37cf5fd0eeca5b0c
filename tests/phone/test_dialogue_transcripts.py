"""Golden calls: each transcript is a dialogue a person can read, replayed turn by turn."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.phone.replay import TRANSCRIPTS, replay


@pytest.mark.parametrize("path", sorted(TRANSCRIPTS.glob("*.txt")), ids=lambda path: path.stem)
def test_the_line_speaks_as_its_transcript_says(path: Path) -> None:
    transcript = path.read_text(encoding="utf-8")
    assert replay(transcript) == transcript


def test_every_call_opens_with_the_emergency_sentence() -> None:
    for path in TRANSCRIPTS.glob("*.txt"):
        spoken = [text for text in path.read_text(encoding="utf-8").splitlines() if "LIGNE" in text]
        assert "le 15 ou le 112" in spoken[0], path.name
