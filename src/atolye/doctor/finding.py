"""What the doctor says is wrong: cause, effect, fix."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, or looks wrong, with a training.

    Args:
        cause: what was received, in one sentence without the full stop.
        effect: what would happen, in one sentence without the full stop.
        fix: what to do, in one sentence without the full stop.
        level: "error" when the training must not start, "warning" when it may be meant.

    Example:
        >>> Finding("Received monitor 'val_acc'", "it is never logged", "Use 'val_accuracy'").message
        "Received monitor 'val_acc'; it is never logged. Use 'val_accuracy'."
    """

    cause: str
    effect: str
    fix: str
    level: Literal["error", "warning"] = "error"

    @property
    def message(self) -> str:
        """The finding in one line."""
        end = "" if self.fix.endswith("?") else "."
        return f"{self.cause}; {self.effect}. {self.fix}{end}"
