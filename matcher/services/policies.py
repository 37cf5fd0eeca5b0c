"""The policies in force: who may be asked, in what order, how many at once, and what follows."""

from __future__ import annotations

from matcher.domain.eligibility import EligibilityPolicy
from matcher.domain.ranking import RankingPolicy
from matcher.domain.timeline import TimelinePolicy
from matcher.domain.waves import WavePolicy

ELIGIBILITY = EligibilityPolicy()
RANKING = RankingPolicy()
WAVES = WavePolicy()
TIMELINE = TimelinePolicy()
