"""What all methods share: inputs, target and layer are checked once, and the answer becomes an explanation."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import keras
import numpy as np

from atolye.explain.explanation import Explanation, make_explanation
from atolye.explain.hook import ANSWER, Answer, Inputs, Probe, Rule, Structure, Target, ask_all, resolve_target
from atolye.explain.hook.probe import Combine
from atolye.explain.hook.structure import structure_of


@dataclass(frozen=True)
class Task:
    """A model, its inputs and the score to explain.

    Args:
        model: the model.
        inputs: checked inputs.
        structure: what the model calls and answers.
        output: name of the output that is asked about.
        classes: int32 ids of shape `(num_images,)`, -1 for the model's answer.
        rule: the user's own score, or None.
        batch_size: images at a time.
    """

    model: keras.Model
    inputs: Inputs
    structure: Structure
    output: str
    classes: np.ndarray
    rule: Rule | None
    batch_size: int

    @cached_property
    def answer(self) -> Answer:
        """What the model says of the images: target and its probability."""
        return self.ask(Probe(self.output, logits=False, rule=self.rule))

    def ask(self, probe: Probe) -> Answer:
        """Return a probe's answer for all images."""
        return ask_all(self.model, probe, self.inputs, self.classes, batch_size=self.batch_size)

    def probe(self, combine: Combine, **options: Any) -> Probe:
        """Return a probe of the task's score."""
        return Probe(self.output, combine, rule=self.rule, **options)

    def with_answers(self) -> "Task":
        """Return the same task with the answered classes as fixed targets, for methods that change the images."""
        classes = np.where(self.classes == ANSWER, self.answer.target, self.classes)
        fixed = replace(self, classes=classes)
        fixed.__dict__["answer"] = self.answer
        return fixed

    def explanation(self, method: str, maps: np.ndarray, answer: Answer | None = None, **options: Any) -> Explanation:
        """Return the explanation of these maps."""
        answer = answer or self.answer
        return make_explanation(method, self.inputs.images, maps, answer.target, answer.shown, **options)


def make_task(
    model: keras.Model, images: Any, *, target: Target, output: str | int | None = None, batch_size: int = 32
) -> Task:
    """Return the task, checked before any work.

    Raises:
        ValueError: see `explain_images`.
    """
    if batch_size < 1:
        raise ValueError(f"Received batch_size={batch_size}; expected 1 or more.")
    inputs = Inputs(model, images)
    structure = structure_of(model, inputs.take(slice(0, 1)))
    classes, rule = resolve_target(target, len(inputs), structure=structure, output=output)
    return Task(model, inputs, structure, structure.output(output), classes, rule, batch_size)


def class_activation_map(
    method: str,
    combine: Combine,
    model: keras.Model,
    images: Any,
    *,
    target: Target,
    layer: str | None,
    output: str | int | None,
    batch_size: int,
    gradient: bool = True,
) -> Explanation:
    """Return the maps that `combine` makes of a layer's values and, unless `gradient` is False, the score's slope.

    Args:
        method: its name.
        combine: reduces values and gradient, both of shape `(batch, height, width, channels)`, to signed maps.
        model: see `explain_images`, as the others.
        images: a batch.
        target: what is explained.
        layer: a layer's path; None for the automatic one.
        output: name of one of several outputs.
        batch_size: images at a time.
        gradient: whether the method needs the slope.
    """
    task = make_task(model, images, target=target, output=output, batch_size=batch_size)
    path = task.structure.layer(layer)
    answer = task.ask(task.probe(combine, layer=path, gradient=gradient))
    return task.explanation(method, answer.maps, answer, layer=path)
