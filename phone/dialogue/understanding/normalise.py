"""One plain spelling for everything that is heard, so that the grammars compare like with like."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from text_to_num import alpha2digit

from matcher.domain.spelling import JOINERS, spell_plainly


# Every grammar reads the same few words of a turn.
@lru_cache(maxsize=256)
def normalise(text: str, keep: str = "") -> str:
    """Lower case, no accents, no punctuation, single spaces, number words as digits.

    Args:
        text: what the recogniser heard, or an entry of a word list.
        keep: punctuation characters that must survive.

    Returns:
        For instance "l apres midi a 15 heures 30" for "L'après-midi, à quinze heures trente".
    """
    plain = unicodedata.normalize("NFC", text).lower().translate(JOINERS)
    # Accents and commas must still be there: text2num needs "zéro", and stops a number at a comma.
    digits = str(alpha2digit(plain, "fr", threshold=0.0))
    # After "un", text2num takes "neuf" for "new": "trente et un mars à neuf heures".
    return spell_plainly(re.sub(r"\bneuf\b", "9", digits), keep)
