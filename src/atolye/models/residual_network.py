"""What the residual networks share: which depth has which stages, and the path from stem to answer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import keras
from keras import layers

from atolye.models.head import Task
from atolye.models.image_network import answer, check_image_network, check_image_side, image_input


@dataclass(frozen=True)
class ResidualPlan:
    """The stages of a residual network.

    Args:
        blocks: number of blocks of each stage.
        widths: filters of each stage; the output of a bottleneck has four times as many.
        bottleneck: blocks of three convolutions instead of two.
        large_images: ImageNet's stem, which leaves a quarter of height and width, instead of one 3 x 3 convolution.
    """

    blocks: tuple[int, ...]
    widths: tuple[int, ...]
    bottleneck: bool
    large_images: bool


def _small(blocks: int, *, bottleneck: bool = False) -> ResidualPlan:
    """Return the plan of section 4.2 of the paper: three stages, for images of about 32 pixels."""
    return ResidualPlan((blocks,) * 3, (16, 32, 64), bottleneck, large_images=False)


_LARGE_WIDTHS = (64, 128, 256, 512)
PLANS: dict[int, ResidualPlan] = {
    18: ResidualPlan((2, 2, 2, 2), _LARGE_WIDTHS, bottleneck=False, large_images=True),
    34: ResidualPlan((3, 4, 6, 3), _LARGE_WIDTHS, bottleneck=False, large_images=True),
    50: ResidualPlan((3, 4, 6, 3), _LARGE_WIDTHS, bottleneck=True, large_images=True),
    # 6 n + 2 layers: n blocks of two convolutions in three stages, the stem and the answer.
    20: _small(3),
    32: _small(5),
    44: _small(7),
    56: _small(9),
    110: _small(18),
    164: _small(18, bottleneck=True),  # 9 n + 2
}


def residual_plan(
    depth: int,
    input_shape: Sequence[int],
    *,
    widths: Sequence[int] | None,
    dropout: float,
    l2: float,
) -> ResidualPlan:
    """Return the plan of a depth, with other widths where they are given, after all checks.

    Raises:
        ValueError: for a depth that has no plan, a wrong number of widths, images that are too small, or a share or
            factor out of its range.
    """
    if depth not in PLANS:
        small, large = (
            ", ".join(str(number) for number, plan in PLANS.items() if plan.large_images is is_large)
            for is_large in (False, True)
        )
        raise ValueError(
            f"Received depth={depth}; expected one of {small} for small images such as CIFAR's, or {large} for large "
            "images such as ImageNet's. Take the nearest."
        )
    plan = PLANS[depth]
    chosen = plan.widths if widths is None else tuple(widths)
    if len(chosen) != len(plan.blocks):
        raise ValueError(
            f"Received widths={chosen} for depth={depth}; expected {len(plan.blocks)} of them, one a stage. "
            f"The paper's are {plan.widths}."
        )
    check_image_network(input_shape, chosen, dropout=dropout, l2=l2)
    halvings = 5 if plan.large_images else 2
    check_image_side(
        input_shape,
        2**halvings + 1,
        reason=f"a network of depth {depth} halves them {halvings} times and has 3 x 3 filters after that",
        fix="Take larger images" + (", or a depth for small ones such as 20." if plan.large_images else "."),
    )
    return ResidualPlan(plan.blocks, chosen, plan.bottleneck, plan.large_images)


def residual_network(
    plan: ResidualPlan,
    input_shape: Sequence[int],
    num_classes: int,
    *,
    make_stem: Callable[..., keras.Layer],
    make_block: Callable[..., keras.Layer],
    last: Sequence[keras.Layer] = (),
    dropout: float,
    task: Task,
    name: str,
) -> keras.Model:
    """Build stem, stages of blocks, the layers `last`, global average pooling and the answer.

    Args:
        plan: the stages.
        input_shape: `(height, width, channels)`, without the batch.
        num_classes: as in `output_layer`.
        make_stem: makes the first convolution from `(filters, kernel_size, strides=..., name=...)`.
        make_block: makes a block from `(filters, strides=..., name=...)`.
        last: layers between the last block and the pooling.
        dropout: share of the pooled features that is dropped.
        task: as in `output_layer`.
        name: the model's.
    """
    inputs, x = image_input(input_shape)
    if plan.large_images:
        x = make_stem(plan.widths[0], 7, strides=2, name="stem")(x)
        x = layers.MaxPooling2D(3, strides=2, padding="same", name="stem_pool")(x)
    else:
        x = make_stem(plan.widths[0], 3, strides=1, name="stem")(x)
    for stage, (width, blocks) in enumerate(zip(plan.widths, plan.blocks, strict=True), start=1):
        for block in range(1, blocks + 1):
            strides = 2 if stage > 1 and block == 1 else 1
            x = make_block(width, strides=strides, name=f"stage_{stage}_block_{block}")(x)
    for layer in last:
        x = layer(x)
    return answer(inputs, x, num_classes, dropout=dropout, task=task, name=name)
