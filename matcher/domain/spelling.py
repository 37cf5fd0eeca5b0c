"""Words as they compare: without capitals, accents or signs."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

JOINERS = str.maketrans({"'": " ", "’": " ", "ʼ": " ", "`": " ", "-": " ", "‐": " ", "–": " "})
"""What stands between the words of a name, as spaces."""

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss"})


# Every grammar reads the same few words of a turn.
@lru_cache(maxsize=256)
def spell_plainly(text: str, keep: str = "") -> str:
    """Lower case, no accents, no punctuation, single spaces; number words stay words.

    Args:
        text: what was heard, or an entry of a word list.
        keep: punctuation characters that must survive.
    """
    plain = unicodedata.normalize("NFC", text).lower().translate(JOINERS).translate(_LIGATURES)
    bare = "".join(
        character
        for character in unicodedata.normalize("NFD", plain)
        if not unicodedata.combining(character)
    )
    return " ".join(re.sub(rf"[^a-z0-9{re.escape(keep)}]+", " ", bare).split())
