"""Which strategy and which backbone: the guide's rules, with times measured on this machine."""

import math
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from atolye.data.image_store import Progress
from atolye.errors import did_you_mean
from atolye.models.efficientnet_lite import NAME as OFFLINE
from atolye.train.fine_tune_recipe import FineTuneRecipe
from atolye.transfer.backbone_facts import FACTS, weights_are_here
from atolye.transfer.backbone_speed import Speed, kept_speeds, measure_speeds
from atolye.transfer.fine_tune_defaults import defaults_for
from atolye.transfer.strategy_rules import LADDER, Similarity, amount, rule_for

SMALLEST_SIDE = 32
TOO_SMALL = 3  # times smaller images than a network was published with: there its figure says little
# So that the estimate says minutes or hours, no more: what a training step costs, counted in the forward passes that
# `measure_speeds` measures (three networks at 96 pixels with frozen, folded statistics: 2.1 to 3.2 in float32, 1.3 to
# 2.6 in bfloat16); guesses: what the head's training on kept features yields; what building, tracing and drawing the
# report take.
TRAINING_PASSES = 3
HEAD_EXAMPLES_PER_SECOND = 20_000
START_SECONDS = 30
TRAINING_SHARE = 0.7  # of all images; each split is passed through the frozen part


@dataclass(frozen=True)
class Advice:
    """What `advise` found.

    Args:
        strategy: `"feature_extraction"`, `"two_stage"` (the head first, then the last blocks too) or `"full"`.
        blocks: how many of the last blocks train in the second stage of `"two_stage"`, else None.
        backbone: the network's name.
        image_size: side of the images in pixels.
        estimated_minutes: of the whole fine-tuning, rough; None where nothing was measured.
        fits: whether that is within the budget; None where nothing was measured.
        reasons: why, sentence by sentence.
        table: one row a backbone, best published accuracy first: `backbone`, `parameters` (without the head), `flops`
            of one image, `top1` as published, `published_pixels`, `milliseconds` of one image and `images_per_second`
            as measured here (missing where not), `minutes` with this strategy, `weights_here`.
        command: what to type next.
    """

    strategy: str
    blocks: int | None
    backbone: str
    image_size: int
    estimated_minutes: float | None
    fits: bool | None
    reasons: tuple[str, ...]
    table: pd.DataFrame
    command: str


def advise(
    num_examples: int,
    *,
    num_classes: int | None = None,
    similarity: Similarity = "medium",
    budget_minutes: float = 30.0,
    image_size: int = 96,
    backbones: Sequence[str] | None = None,
    offline: bool = False,
    measure: bool = True,
    data: str = "DATA",
    progress: Progress | None = None,
) -> Advice:
    """Say how far to train a pretrained network, and which one, for your data and your time.

    Use it before `fine_tune`. The number of examples and the likeness of the domain decide how far to train; of the
    backbones that finish within the budget the one with the best published accuracy is taken, and where none does,
    less is trained. The first call at a size measures each backbone (a minute or two, kept for the next call).

    Reference: the course's guide to strategies and networks; Yosinski et al. (2014), arXiv:1411.1792; Kornblith et al.
        (2019), arXiv:1805.08974; Touvron et al. (2019), arXiv:1906.06423, for the size of the images.

    Args:
        num_examples: training examples, 1 or more.
        num_classes: classes, 2 or more, where they are known.
        similarity: likeness to ImageNet's photographs: `"high"` everyday things and animals, `"medium"` photographs of
            something else, `"low"` no ordinary photographs (X-rays, satellite images, drawings).
        budget_minutes: time for the fine-tuning, above 0.
        image_size: side in pixels at which the network will see the images, 32 or more.
        backbones: names of `atolye.models.BACKBONES` to choose from; None: all.
        offline: choose only where the weights are on this machine.
        measure: whether to measure what has not been measured yet.
        data: what stands for the data in the command.
        progress: called with `(done, total)` while backbones are measured.

    Raises:
        ValueError: for no example, one class, an unknown word, a size or budget out of its range, or `offline` where
            none of the backbones has its weights here.

    Example:
        >>> found = advise(400, similarity="high", backbones=["efficientnet-lite0"], image_size=32, measure=False)
        >>> found.strategy, found.backbone
        ('feature_extraction', 'efficientnet-lite0')
        >>> found.command
        'atolye finetune DATA --backbone efficientnet-lite0 --strategy feature_extraction --image-size 32'
    """
    rule = rule_for(num_examples, similarity, num_classes)
    names = _check(num_classes, budget_minutes, image_size, backbones)
    here = {name: weights_are_here(name, image_size) for name in names}
    allowed = _allowed(names, here, image_size, offline)
    speeds = measure_speeds(names, image_size, progress=progress) if measure else kept_speeds(image_size)
    task = _Task(num_examples, budget_minutes * 60, speeds)
    share, name, fits = task.choose(rule.share, allowed)
    size = amount(num_examples, num_classes)
    of_each = f" of {num_classes} classes" if num_classes else ""
    reasons = [
        f"{num_examples:,} examples{of_each} ({size}), likeness {similarity}: {rule.reason}",
        *_about_time(task, rule.share, share, name, fits, allowed),
        *_about_weights(name, names, here, image_size),
    ]
    strategy, blocks = _strategy(share, name)
    command = ["atolye", "finetune", data, "--backbone", name, "--strategy", strategy]
    command += [] if blocks is None else ["--blocks", str(blocks)]
    seconds = task.seconds(name, share)
    return Advice(
        strategy,
        blocks,
        name,
        image_size,
        None if seconds is None else round(seconds / 60, 1),
        fits,
        tuple(reasons),
        _table(names, task, share, here, image_size),
        shlex.join([*command, "--image-size", str(image_size)]),
    )


@dataclass(frozen=True)
class _Task:
    """What is to be trained, in how many seconds, at which speeds."""

    num_examples: int
    budget: float
    speeds: dict[str, Speed]

    def seconds(self, name: str, share: float) -> float | None:
        """Estimate a fine-tuning in which that share of the blocks trains; None where the speed is not known."""
        if name not in self.speeds:
            return None
        n = self.num_examples
        strategy, blocks = _strategy(share, name)
        default = defaults_for(n, strategy)  # it may stop before
        views = 1 if default.augment == "none" else FineTuneRecipe.model_fields["views"].default
        trained = default.epochs * n * TRAINING_PASSES * (share if blocks is None else blocks / FACTS[name].blocks)
        # Once through the frozen part for the head, and again to the place where the training blocks begin.
        passes = 0 if share == 1 else (1 if blocks is None else 1 + views) * n / TRAINING_SHARE
        head = 0 if share == 1 else default.head_epochs * n / HEAD_EXAMPLES_PER_SECOND
        return START_SECONDS + (passes + trained) / self.speeds[name].examples_per_second + head

    def choose(self, share: float, names: Sequence[str]) -> tuple[float, str, bool | None]:
        """Return the share of blocks to train, the backbone, and whether they fit in the budget."""
        known = {name: self.speeds[name].examples_per_second for name in names if name in self.speeds}
        if not known:
            return share, OFFLINE if OFFLINE in names else min(names, key=lambda name: FACTS[name].flops), None
        for step in (step for step in LADDER if step <= share):
            fitting = [name for name in known if (self.seconds(name, step) or 0) <= self.budget]
            if fitting:  # of equally accurate ones the faster
                return step, max(fitting, key=lambda name: (FACTS[name].top1, known[name])), True
        return 0.0, max(known, key=lambda name: known[name]), False


def _check(
    num_classes: int | None, budget_minutes: float, image_size: int, backbones: Sequence[str] | None
) -> tuple[str, ...]:
    """Return the names to choose from, or raise for what no advice can be given on."""
    if num_classes is not None and num_classes < 2:
        raise ValueError(f"Received num_classes={num_classes}; expected 2 or more, or None where they are not known.")
    if not budget_minutes > 0:
        raise ValueError(f"Received budget_minutes={budget_minutes}; expected more than 0.")
    if image_size < SMALLEST_SIDE:
        raise ValueError(
            f"Received image_size={image_size}; expected {SMALLEST_SIDE} or more, since a backbone halves its images "
            "five times. Smaller images are enlarged inside of the model: 96 is a good size for them."
        )
    names = tuple(FACTS) if backbones is None else tuple(name.lower().replace("_", "-") for name in backbones)
    for name in names:
        if name not in FACTS:
            raise ValueError(f"Received backbone {name!r}; expected {', '.join(FACTS)}.{did_you_mean(name, FACTS)}")
    if not names:
        raise ValueError(f"Received no backbones; expected one or more of {', '.join(FACTS)}.")
    return names


def _allowed(names: Sequence[str], here: dict[str, bool], image_size: int, offline: bool) -> list[str]:
    """Return the names that may be chosen: by their weights, and by their images' size where some have that size."""
    found = [name for name in names if here[name] or not offline]
    if not found:
        raise ValueError(
            f"The ImageNet weights of {', '.join(names)} are not on this machine; expected some, without a network. "
            f"Add {OFFLINE!r}, whose weights are installed with atolye."
        )
    return [name for name in found if not _too_small(name, image_size)] or found


def _too_small(name: str, image_size: int) -> bool:
    return image_size * TOO_SMALL < FACTS[name].pixels


def _strategy(share: float, name: str) -> tuple[str, int | None]:
    """Return the strategy's name and the number of blocks."""
    if share in (0, 1):
        return ("full" if share else "feature_extraction"), None
    return "two_stage", max(1, round(share * FACTS[name].blocks))


def _about_time(
    task: _Task, wanted: float, share: float, name: str, fits: bool | None, allowed: Sequence[str]
) -> Iterator[str]:
    budget, seconds = _time(task.budget), task.seconds(name, share)
    if fits is None or seconds is None:
        yield f"Nothing has been measured here, so there is no estimate of the time; {name} is among the cheapest."
        return
    if share < wanted:
        least = min(found for other in allowed if (found := task.seconds(other, wanted)) is not None)
        yield f"To train that far takes {_time(least)} or more, and the budget is {budget}: less is trained."
    if not fits:
        yield f"It will not fit: even the fastest, {name}, takes about {_time(seconds)} with its head alone."
        return
    yield (
        f"{name} has the best published accuracy ({100 * FACTS[name].top1:.1f} %) of those that finish within "
        f"{budget}; about {_time(seconds)}, less where it stops early or computes in bfloat16."
    )


def _about_weights(name: str, names: Sequence[str], here: dict[str, bool], image_size: int) -> Iterator[str]:
    small = [other for other in names if _too_small(other, image_size)]
    if small and name not in small:
        yield (
            f"{', '.join(small)} was passed over: published with images more than {TOO_SMALL} times larger than "
            f"{image_size} pixels."
        )
    if not here[name]:
        other = f"; without a network take {OFFLINE}, whose weights are installed" if name != OFFLINE else ""
        size = f"{FACTS[name].megabytes:.0f} MB"
        yield f"Its weights ({size}) are not on this machine and will be downloaded once{other}."


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _table(names: Sequence[str], task: _Task, share: float, here: dict[str, bool], image_size: int) -> pd.DataFrame:
    rows = []
    for facts in sorted((FACTS[name] for name in names), key=lambda facts: -facts.top1):
        speed, seconds = task.speeds.get(facts.name), task.seconds(facts.name, share)
        rows.append(
            {
                "backbone": facts.name,
                "parameters": facts.parameters,
                "flops": facts.flops_at(image_size) if speed is None else speed.flops,
                "top1": facts.top1,
                "published_pixels": facts.pixels,
                "milliseconds": math.nan if speed is None else speed.milliseconds,
                "images_per_second": math.nan if speed is None else speed.examples_per_second,
                "minutes": math.nan if seconds is None else seconds / 60,
                "weights_here": here[facts.name],
            }
        )
    return pd.DataFrame(rows)
