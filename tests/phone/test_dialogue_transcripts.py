"""Golden calls: each transcript is a dialogue a person can read, replayed turn by turn."""

from __future__ import annotations

from pathlib import Path

import pytest

from phone.dialogue.state import Wish
from phone.dialogue.turn import SendPlaces
from tests.phone.replay import TRANSCRIPTS, act, answers_in, line_of, replay


@pytest.mark.parametrize("path", sorted(TRANSCRIPTS.glob("*.txt")), ids=lambda path: path.stem)
def test_the_line_speaks_as_its_transcript_says(path: Path) -> None:
    transcript = path.read_text(encoding="utf-8")
    assert replay(transcript) == transcript


def test_every_call_opens_with_the_emergency_sentence() -> None:
    for path in TRANSCRIPTS.glob("*.txt"):
        spoken = [text for text in path.read_text(encoding="utf-8").splitlines() if "LIGNE" in text]
        assert "le 15 ou le 112" in spoken[0], path.name


@pytest.mark.parametrize("path", sorted(TRANSCRIPTS.glob("*.txt")), ids=lambda path: path.stem)
def test_hanging_up_at_any_step_loses_nothing_that_was_asked(path: Path) -> None:
    transcript = path.read_text(encoding="utf-8")
    answers = answers_in(transcript)
    for step in range(len(answers)):
        line = line_of(transcript)
        for answer in answers[:step]:
            act(line.phone, answer)
        line.phone.hang_up()
        left = [effect for effect in line.effects if not isinstance(effect, SendPlaces)]
        state = line.state
        told = state.wish not in (Wish.UNKNOWN, Wish.HELP) or state.words_heard
        served = state.wish is Wish.SERVICES and state.shelf_read
        assert len(left) == bool(state.ended or (told and not served)), (step, left)
