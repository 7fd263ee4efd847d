"""Settings that several kinds of recipe have, each with its range and its words; the defaults are the recipe's own."""

from typing import Annotated, Literal

from pydantic import Field

Augment = Annotated[
    Literal["none", "light", "medium", "strong", "too_strong"],
    Field(description="how much training images are changed at random"),
]
AugmentFlip = Annotated[bool, Field(description="mirror images too; false for digits, text and road signs")]
BatchSize = Annotated[int, Field(ge=1, le=65_536, description="examples per update")]
BudgetSeconds = Annotated[float | None, Field(gt=0, description="wall-clock limit of the training")]
ClassWeight = Annotated[Literal["none", "balanced"], Field(description="balanced: rare classes count more in the loss")]
LabelSmoothing = Annotated[float, Field(ge=0, lt=1, description="share of the target spread over all classes")]
MinDelta = Annotated[float, Field(ge=0, description="smallest fall of the validation loss that counts as better")]
Optimizer = Annotated[Literal["adam", "adamw", "sgd"], Field(description="update rule")]
Patience = Annotated[int, Field(ge=1, description="epochs without a better validation loss before the training stops")]
Precision = Annotated[
    Literal["auto", "float32", "bfloat16"], Field(description="arithmetic; auto: measured on this machine")
]
Seed = Annotated[int, Field(ge=0, le=2**31 - 1, description="seed of weights, order, dropout and augmentation")]
