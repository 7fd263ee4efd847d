"""The epochs of one training: what every `fit` here has around it, and how a killed one goes on."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from atolye.data import DataPruning, batches
from atolye.train.prepare import Prepared

DIAGNOSIS_EXAMPLES = 256  # on which a loss that is no number any more is traced to its layer


@dataclass(frozen=True)
class EpochPlan:
    """How long to train, in which batches, and when to stop.

    Args:
        epochs: passes over the training examples, at most.
        batch_size: examples an update.
        seed: of order and augmentation.
        patience: epochs without a better validation loss before the training stops.
        min_delta: smallest fall of the validation loss that counts as better.
        ema_decay: decay of the average of the weights; None: no average.
        lookahead: whether slow weights are met every 5 updates; see `callbacks.Lookahead`.
        budget_seconds: wall-clock limit; None: none.
        epochs_before: epochs of an earlier stage of the same training; orders of the examples go on from there.
        validation_batch_size: examples at a time where nothing is learned.
        drop_remainder: whether an epoch leaves out its last batch where that is not full.
        prune: share of the examples that an epoch leaves out; see `data.DataPruning`.
    """

    epochs: int
    batch_size: int
    seed: int
    patience: int
    min_delta: float
    ema_decay: float | None = None
    lookahead: bool = False
    budget_seconds: float | None = None
    epochs_before: int = 0
    validation_batch_size: int = 256
    drop_remainder: bool = False
    prune: float = 0.0


def run_epochs(
    prepared: Prepared,
    plan: EpochPlan,
    *,
    callbacks: list[Any] | None = None,
    title: str = "training",
    state_path: Path | None = None,
) -> tuple[pd.DataFrame, int]:
    """Run the epochs that are left and put the best epoch's weights into the model.

    Args:
        prepared: compiled model and encoded examples.
        plan: how long, in which batches.
        callbacks: more Keras callbacks.
        title: words before the progress bar.
        state_path: `.npz` file to which the state goes after each epoch, and from which a killed training goes on.

    Returns:
        The whole history, one row an epoch, and the best epoch, from 1.

    Raises:
        ValueError: when something would spoil the training; before the first epoch.
        NonFiniteLossError: when the loss becomes NaN or infinite.
    """
    from atolye.train.callbacks import (
        BestWeights,
        EpochSeconds,
        ExampleLosses,
        LearningRateLogger,
        Lookahead,
        StopOnNaN,
        TimeBudget,
        TrainingState,
    )
    from atolye.train.checks import check_training
    from atolye.train.create_variables import create_variables
    from atolye.train.progress import RichProgress
    from atolye.train.schedules import count_updates

    model = prepared.model
    keep = BestWeights("val_loss", patience=plan.patience, min_delta=plan.min_delta, ema_decay=plan.ema_decay)
    check_training(model, [keep, *(callbacks or [])], validation=True, targets=prepared.train.targets)
    budget = {"budget": TimeBudget(plan.budget_seconds)} if plan.budget_seconds else {}
    updates = count_updates(
        len(prepared.train), plan.batch_size, epochs=plan.epochs, drop_remainder=plan.drop_remainder
    )
    slow = {"lookahead": Lookahead(updates)} if plan.lookahead else {}
    inputs, targets = _first_examples(prepared, plan.seed)
    create_variables(model, inputs[:1], targets[:1])
    pruning = None
    if plan.prune:
        before = plan.epochs_before  # epochs are counted through all stages
        last = before + plan.epochs
        pruning = DataPruning(plan.prune, epochs=last, seed=plan.seed, whole_at_start=before + 2)
    kept = {"pruning": pruning} if pruning else {}
    policy = prepared.precision.policy
    states = [TrainingState(state_path, policy=policy, keep=keep, **slow, **budget, **kept)] if state_path else []
    first, rows = states[0].restore(model) if states else (0, [])
    # Where a callback had ended the training, nothing is left to run; fit only puts the best weights back.
    epochs = first if rows and states[0].stopped else plan.epochs
    progress = RichProgress(title)
    looking = [LearningRateLogger(), EpochSeconds(), StopOnNaN(inputs)]
    looking += [ExampleLosses(pruning, len(prepared.train))] if pruning else []
    try:
        history = model.fit(
            batches(
                prepared.train,
                plan.batch_size,
                shuffle=True,
                seed=plan.seed,
                first_epoch=plan.epochs_before + first,
                augment=prepared.augment,
                drop_remainder=plan.drop_remainder,
                pruning=pruning,
            ),
            validation_data=batches(prepared.validation, plan.validation_batch_size),
            initial_epoch=first,
            epochs=epochs,
            class_weight=prepared.class_weight,
            shuffle=False,  # the batches come in an order of their own
            callbacks=[*looking, *slow.values(), keep, *budget.values(), *(callbacks or []), progress, *states],
            verbose=0,
        )
    finally:
        progress.close()
    frame = pd.concat([pd.DataFrame(rows), pd.DataFrame(history.history)], ignore_index=True)
    frame.insert(0, "epoch", np.arange(1, len(frame) + 1))
    return frame, (len(frame) - 1 if keep.best_epoch is None else keep.best_epoch) + 1


def _first_examples(prepared: Prepared, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return some examples as the model is given them in training."""
    inputs = np.asarray(prepared.train.inputs[:DIAGNOSIS_EXAMPLES])
    targets = prepared.train.targets[:DIAGNOSIS_EXAMPLES]
    if prepared.augment is None:
        return inputs, targets
    return prepared.augment.augment(inputs, targets, generator=np.random.default_rng(seed))
