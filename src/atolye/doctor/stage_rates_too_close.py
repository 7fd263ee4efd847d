"""Rule: what is pretrained trains at a tenth of the new head's learning rate, or less."""

from collections.abc import Sequence

from atolye.doctor.finding import Finding

FACTOR = 10


def stage_rates_too_close(learning_rates: Sequence[float]) -> Finding | None:
    """Find a stage of a fine-tuning whose peak learning rate is not at least 10 times under the first stage's.

    The first stage trains a head of random numbers, the later ones what a million images have taught.

    Args:
        learning_rates: peak rate of each stage, in their order; a single stage has nothing to compare with.

    Example:
        >>> stage_rates_too_close([1e-3, 5e-4]).cause
        'Received learning_rate=0.0005 for the last stage, 2 times under head_learning_rate=0.001'
        >>> stage_rates_too_close([1e-3, 1e-4]) is None
        True
    """
    if len(learning_rates) < 2:
        return None
    head, last = learning_rates[0], learning_rates[-1]
    if last * FACTOR <= head * (1 + 1e-9):
        return None
    return Finding(
        f"Received learning_rate={last:g} for the last stage, {head / last:.2g} times under "
        f"head_learning_rate={head:g}",
        "large steps overwrite what the network brought with it (catastrophic forgetting)",
        f"Take learning_rate={head / FACTOR:g} or less",
        level="warning",
    )
