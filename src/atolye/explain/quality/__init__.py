"""How far a map is to be trusted: measures of quality, each beside maps of random numbers."""

from atolye.explain.quality.pointing import energy_inside, pointing_game
from atolye.explain.quality.quality import Quality
from atolye.explain.quality.removal import deletion, insertion
from atolye.explain.quality.sanity_check import SanityCheck, sanity_check

__all__ = [
    "Quality",
    "SanityCheck",
    "deletion",
    "energy_inside",
    "insertion",
    "pointing_game",
    "sanity_check",
]
