"""Epochs that leave out some of what the model has learnt already."""

from typing import Any

import numpy as np


class DataPruning:
    """Leave a share of the examples out of an epoch, chosen at random among those with the lowest losses.

    Use it to shorten a training of thousands of examples and more: what is easy teaches little when it comes again. An
    epoch without a `share` of the examples leaves out half of the `2 * share` that had the lowest losses when they were
    last seen (of the easier 60 % for 0.3; 0.5 takes no notice of losses), another half each time, so that none is lost
    for long. The first epochs are whole, since losses say little there, and so is the last one, which sets right what
    the choice has shifted. An epoch keeps its number of updates, of smaller batches, so that schedules need not know
    about it.

    "Easy" is what the loss says: with smoothed labels an answer that is surer than they ask for counts as harder again.

    In a training it needs the losses of the examples: the callback `atolye.train.callbacks.ExampleLosses` records them
    in `fit`, and a loop of one's own calls `record`. Until there are any, nothing is left out.

    Reference: Qin et al. (2024), InfoBatch, ICLR, arXiv:2303.04947. There all below the mean loss are candidates and
        gradients of the kept ones are scaled up; here a fixed share is left out, and nothing is scaled.

    Args:
        share: of the examples that an epoch leaves out, above 0 and at most 0.5.
        epochs: of the whole training, at least 1.
        seed: of the choice.
        whole_at_start: number of the first epochs that are whole, at least 1.
        whole_at_end: number of the last epochs that are whole, 0 or more.

    Raises:
        ValueError: when a number is out of its range.

    Example:
        >>> pruning = DataPruning(0.25, epochs=5, whole_at_start=1)
        >>> first = pruning.choose(np.array([2, 0, 1, 3]), epoch=0)  # whole
        >>> pruning.record(np.array([0.1, 0.9, 0.2, 0.8]))  # in this order: examples 2 and 1 are the easy ones
        >>> sorted(pruning.choose(np.array([0, 1, 2, 3]), epoch=1).tolist()) in ([0, 1, 3], [0, 2, 3])
        True
    """

    def __init__(
        self, share: float, *, epochs: int, seed: int = 0, whole_at_start: int = 2, whole_at_end: int = 1
    ) -> None:
        if not 0 < share <= 0.5:
            raise ValueError(f"Received share={share}; expected a share above 0 and at most 0.5, such as 0.3.")
        if epochs < 1 or whole_at_start < 1 or whole_at_end < 0:
            raise ValueError(
                f"Received epochs={epochs}, whole_at_start={whole_at_start}, whole_at_end={whole_at_end}; expected at "
                "least 1, 1 and 0. 2 whole epochs at the start and 1 at the end are usual."
            )
        self.share, self.epochs, self.seed = share, epochs, seed
        self.whole_at_start, self.whole_at_end = whole_at_start, whole_at_end
        self._order = np.zeros(0, "int64")  # of the last epoch that was chosen
        self._losses = np.zeros(0, "float32")  # by example; infinite until it has been seen

    def prunes(self, epoch: int) -> bool:
        """Tell whether that epoch, counted from 0, leaves anything out."""
        return self.whole_at_start <= epoch < self.epochs - self.whole_at_end

    def choose(self, order: np.ndarray, epoch: int) -> np.ndarray:
        """Return the examples of an epoch, given all of them in a random order, which is kept.

        Args:
            order: the numbers of all examples, from 0, each once, `(num_examples,)`.
            epoch: counted from 0.

        Returns:
            `(num_kept,)`: all of them, or `num_examples - round(share * num_examples)` in an epoch that is pruned.
        """
        if len(self._losses) != len(order):
            self._losses = np.full(len(order), np.inf, "float32")
        if self.prunes(epoch):
            easiest = np.argsort(self._losses, kind="stable")[: round(2 * self.share * len(order))]
            easiest = easiest[np.isfinite(self._losses[easiest])]
            random = np.random.default_rng([self.seed, epoch, 2])
            left_out = np.zeros(len(order), bool)
            left_out[random.permutation(easiest)[: round(self.share * len(order))]] = True
            order = order[~left_out[order]]
        self._order = order
        return order

    def record(self, losses: np.ndarray) -> None:
        """Take the losses of the epoch that was chosen last, in its order; those at its end may be missing.

        Args:
            losses: one number an example, `(n,)`.

        Raises:
            ValueError: when there are more than the epoch has examples.
        """
        losses = np.asarray(losses, "float32")
        if len(losses) > len(self._order):
            raise ValueError(
                f"Received {len(losses)} losses of an epoch of {len(self._order)} examples; expected at most one each. "
                "Call choose for the epoch first."
            )
        self._losses[self._order[: len(losses)]] = losses

    def get_state(self) -> dict[str, Any]:
        """Return what a resumed training needs: `arrays` by name."""
        return {"arrays": {"losses": self._losses.copy()}}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from `state`, as returned by `get_state`."""
        self._losses = np.array(state["arrays"]["losses"], "float32")
