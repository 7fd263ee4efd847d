"""How far to train a pretrained network: the guide's rules, by number of examples and likeness of the domain."""

from typing import Literal, NamedTuple, get_args

Similarity = Literal["high", "medium", "low"]
Amount = Literal["few", "some", "many"]

FEW, MANY = 1_000, 10_000  # the guide's borders: fewer than 1,000 examples, 1,000 to 10,000, more
FEW_A_CLASS = 20  # fewer for each class are few, however many there are in all


class Rule(NamedTuple):
    """What to do with so many examples of such a domain.

    Args:
        share: of the blocks that train, counted from the end; 0 is feature extraction, 1 all of them.
        reason: why, in one sentence.
    """

    share: float
    reason: str


# The guide: few examples or a very similar domain: feature extraction. Medium or partly different: partial. Many or
# very different: full. Where the two columns disagree the rule stands between them.
RULES: dict[tuple[Amount, Similarity], Rule] = {
    ("few", "high"): Rule(0, "few examples of what ImageNet shows too: its features fit, and training them overfits."),
    ("few", "medium"): Rule(0, "with few examples, features that are kept do as well as trained ones, or better."),
    ("few", "low"): Rule(
        1 / 4, "the last features are too special for so different a domain, but few examples can change few blocks."
    ),
    ("some", "high"): Rule(
        1 / 4, "the features fit; there are examples enough to adapt the last, most special blocks."
    ),
    ("some", "medium"): Rule(
        1 / 4, "early blocks see edges and textures, which your images have too; the last ones have to be adapted."
    ),
    ("some", "low"): Rule(
        1 / 2, "a different domain wants other features; the examples are enough for half the blocks."
    ),
    ("many", "high"): Rule(1 / 2, "examples enough to train far, but the early blocks fit and need not change."),
    ("many", "medium"): Rule(1, "examples enough to adapt every block."),
    ("many", "low"): Rule(1, "a different domain wants other features everywhere, and there are examples for that."),
}

LADDER = (1.0, 1 / 2, 1 / 4, 0.0)
"""Shares of the blocks, from the dearest: where a budget is too small for a rule, the next one is tried."""


def amount(num_examples: int, num_classes: int | None = None) -> Amount:
    """Return what the guide calls a number of training examples.

    Args:
        num_examples: training examples, 1 or more.
        num_classes: classes; with fewer than 20 examples of each there are few.

    Example:
        >>> amount(500), amount(5_000), amount(50_000), amount(5_000, 500)
        ('few', 'some', 'many', 'few')
    """
    if num_examples < FEW or num_classes and num_examples / num_classes < FEW_A_CLASS:
        return "few"
    return "some" if num_examples <= MANY else "many"


def rule_for(num_examples: int, similarity: Similarity, num_classes: int | None = None) -> Rule:
    """Return the guide's rule.

    Reference: the course's guide to the three strategies; Yosinski et al. (2014), arXiv:1411.1792, for what early and
        late layers learn; Kornblith et al. (2019), arXiv:1805.08974, for few examples.

    Args:
        num_examples: training examples, 1 or more.
        similarity: likeness to ImageNet's photographs: `"high"` everyday things and animals, `"medium"` photographs of
            something else (plants' diseases, food, faults of a product), `"low"` no ordinary photographs (X-rays,
            satellite images, drawings).
        num_classes: classes, where they are known.

    Raises:
        ValueError: for an unknown likeness, or no example.

    Example:
        >>> rule_for(300, "high").share, rule_for(50_000, "low").share
        (0, 1)
    """
    if similarity not in get_args(Similarity):
        raise ValueError(
            f"Received similarity={similarity!r}; expected 'high' (photographs of everyday things), 'medium' "
            "(photographs of something else) or 'low' (no ordinary photographs)."
        )
    if num_examples < 1:
        raise ValueError(f"Received num_examples={num_examples}; expected 1 or more. Count the training examples.")
    return RULES[amount(num_examples, num_classes), similarity]
