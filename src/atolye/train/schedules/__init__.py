"""Learning rates counted in optimizer updates: what Keras lacks, a function that makes any, one that draws any."""

from atolye.train.schedules.cyclical_learning_rate import CyclicalLearningRate
from atolye.train.schedules.draw_schedule import draw_schedule, schedule_values
from atolye.train.schedules.flat_cosine import FlatCosine
from atolye.train.schedules.make_schedule import SCHEDULES, count_updates, make_schedule
from atolye.train.schedules.one_cycle import OneCycle
from atolye.train.schedules.one_cycle_momentum import OneCycleMomentum
from atolye.train.schedules.per_update import PerUpdate
from atolye.train.schedules.scaled_schedule import ScaledSchedule

__all__ = [
    "SCHEDULES",
    "CyclicalLearningRate",
    "FlatCosine",
    "OneCycle",
    "OneCycleMomentum",
    "PerUpdate",
    "ScaledSchedule",
    "count_updates",
    "draw_schedule",
    "make_schedule",
    "schedule_values",
]
