"""What a learning-rate range test found: the curve, the suggestions, and whether the curve says anything at all."""

from dataclasses import dataclass, field

import numpy as np
from matplotlib.figure import Figure

from atolye.report.chart import SERIES, chart

MIN_POINTS = 10  # Fewer losses than this are not a curve.
NOISE_FACTOR = 1.5  # A flat curve's smoothed loss wanders by up to about one standard deviation of its batches.
MIN_FALL = 0.02  # Share of the first loss; less than this is no learning, however quiet the batches are.


@dataclass(frozen=True)
class LearningRateRange:
    """The result of a range test: losses against learning rates, and what they suggest.

    Reference:
        Smith (2017), [Cyclical Learning Rates](https://arxiv.org/abs/1506.01186), section 3.3.

    Args:
        learning_rates: rates tried, rising, (points,).
        losses: training loss of each rate's batch, (points,); only finite ones.
        smoothed: the losses without the batches' noise, (points,).
        diverged: whether the loss blew up before the highest rate was reached.

    Example:
        >>> rates = np.geomspace(1e-5, 1, 50)
        >>> losses = 1.0 - np.exp(-((np.log10(rates) + 1.5) ** 2))
        >>> found = LearningRateRange(rates, losses, losses, diverged=False)
        >>> found.verdict, round(found.minimum, 4)
        ('ok', 0.0029)
    """

    learning_rates: np.ndarray = field(repr=False)
    losses: np.ndarray = field(repr=False)
    smoothed: np.ndarray = field(repr=False)
    diverged: bool

    @property
    def reason(self) -> str:
        """Why the curve says nothing; empty when it says something."""
        if len(self.losses) < MIN_POINTS:
            return f"only {len(self.losses)} losses before the loss blew up; begin at a lower learning rate"
        lowest = self._lowest
        fall = float(self.smoothed[0] - self.smoothed[lowest])
        # Differences of neighbours show the batches' noise and hardly the curve's slope.
        noise = float(np.diff(self.losses[: max(lowest, MIN_POINTS) + 1]).std() / np.sqrt(2))
        needed = max(NOISE_FACTOR * noise, MIN_FALL * abs(float(self.smoothed[0])))
        if fall > needed:
            return ""
        return (
            f"the loss fell by {max(fall, 0):.3g} and had to fall by more than {needed:.3g} to stand out from its "
            "noise; use larger batches or more steps, or check that the model can learn"
        )

    @property
    def verdict(self) -> str:
        """`"ok"`, or `"cannot tell"` when the loss never falls beyond its noise."""
        return "cannot tell" if self.reason else "ok"

    @property
    def minimum(self) -> float | None:
        """A tenth of the rate with the lowest loss; None when the loss is still falling at the highest rate."""
        if self.reason or (self._lowest >= len(self.losses) - 2 and not self.diverged):
            return None
        return float(self.learning_rates[self._lowest] / 10)

    @property
    def steepest(self) -> float | None:
        """The rate at which the loss falls fastest."""
        if self.reason:
            return None
        start, end = self._fall
        slope = np.gradient(self.smoothed, np.log(self.learning_rates))
        # Only inside the fall: the first losses, hardly smoothed, may drop more steeply by chance.
        return float(self.learning_rates[start + int(np.argmin(slope[start : end + 1]))])

    @property
    def valley(self) -> float | None:
        """The middle of the fall: half way, in decades, between 10 % and 90 % of the way down."""
        if self.reason:
            return None
        start, end = self._fall
        return float(np.sqrt(self.learning_rates[start] * self.learning_rates[end]))

    @property
    def recommended(self) -> float | None:
        """The rate to train with: the minimum's, else the higher of the others; None when the curve cannot tell."""
        others = [rate for rate in (self.steepest, self.valley) if rate is not None]
        return self.minimum if self.minimum is not None else max(others, default=None)

    @property
    def suggestions(self) -> dict[str, float | None]:
        """All suggestions by name."""
        return {"minimum": self.minimum, "steepest": self.steepest, "valley": self.valley}

    @property
    def _fall(self) -> tuple[int, int]:
        """The points at 10 % and at 90 % of the way down."""
        falling = self.smoothed[: self._lowest + 1]
        depth = (self.smoothed[0] - falling) / (self.smoothed[0] - falling[-1])
        end = int(np.flatnonzero(depth >= 0.9)[0])
        return int(np.flatnonzero(depth[: end + 1] <= 0.1)[-1]), end

    @property
    def _lowest(self) -> int:
        return int(np.argmin(self.smoothed))

    def figure(self) -> Figure:
        """Draw the losses against the learning rate, with the suggestions."""
        figure, axes = chart()
        axes.plot(self.learning_rates, self.losses, alpha=0.35, linewidth=1, label="loss of each batch")
        axes.plot(self.learning_rates, self.smoothed, label="smoothed")
        for number, (name, rate) in enumerate(self.suggestions.items(), start=2):
            if rate is not None:
                axes.axvline(rate, color=SERIES[number], linestyle="--", label=f"{name}: {rate:.2g}")
        if len(self.losses):  # A diverging end would press the rest of the curve flat.
            low, high = float(self.smoothed.min()), float(np.max(self.losses[: self._lowest + 1]))
            margin = 0.25 * max(high - low, 0.1 * abs(high))  # Not less: a flat curve is to look flat.
            axes.set_ylim(low - margin, high + 2 * margin)
        axes.set_xscale("log")
        axes.set_xlabel("learning rate")
        axes.set_ylabel("loss")
        axes.set_title(f"Range test: {self.verdict}")
        axes.legend(loc="lower left")
        return figure


def smooth(losses: np.ndarray, beta: float) -> np.ndarray:
    """Return the mean of a moving average run forwards and one run backwards.

    One that runs forwards only comes late, and would put each suggestion at too high a rate.

    Args:
        losses: (points,).
        beta: share of the average that is kept at each point, in [0, 1).

    Example:
        >>> smooth(np.array([1.0, 1.0, 4.0, 1.0, 1.0]), 0.5).round(2).tolist()
        [1.19, 1.4, 2.71, 1.4, 1.19]
    """
    return (_moving_average(losses, beta) + _moving_average(losses[::-1], beta)[::-1]) / 2


def _moving_average(values: np.ndarray, beta: float) -> np.ndarray:
    average, averages = 0.0, []
    for count, value in enumerate(values, start=1):
        average = beta * average + (1 - beta) * float(value)
        averages.append(average / (1 - beta**count))  # The average starts from 0; this takes that out.
    return np.array(averages)
