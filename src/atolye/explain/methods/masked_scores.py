"""Scores of many changed copies of one image, for the methods that look from outside."""

from collections.abc import Iterable

import numpy as np

from atolye.explain.hook import Probe, ask
from atolye.explain.methods.base import Task


def masked_scores(task: Task, row: int, copies: Iterable[np.ndarray]) -> np.ndarray:
    """Return the score (a probability or value) of each changed copy of one image.

    Args:
        task: with fixed classes.
        row: number of the image.
        copies: batches of copies, of shape `(batch, height, width, channels)`.
    """
    probe = Probe(task.output, logits=False, rule=task.rule)
    scores = []
    for batch in copies:
        rows = np.full(len(batch), row)
        answer = ask(task.model, probe, task.inputs.take(rows, np.asarray(batch, "float32")), task.classes[rows])
        scores.append(answer.value)
    return np.concatenate(scores).astype("float64")
