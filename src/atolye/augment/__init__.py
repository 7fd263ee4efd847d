"""Pictures changed at random in training: one technique a file, policies of rising severity, views at prediction."""

from atolye.augment.albumentations_adapter import AlbumentationsAdapter
from atolye.augment.alternating_flip import AlternatingFlip
from atolye.augment.augmentation import Augmentation
from atolye.augment.augmented import augmented
from atolye.augment.brightness import Brightness
from atolye.augment.contrast import Contrast
from atolye.augment.cut_mix import CutMix
from atolye.augment.cutout import Cutout
from atolye.augment.flip import Flip
from atolye.augment.mix_up import MixUp
from atolye.augment.pad_and_crop import PadAndCrop
from atolye.augment.policy import POLICIES, Policy, policy
from atolye.augment.progressive_resize import ProgressiveResize, resize_area
from atolye.augment.random_erasing import RandomErasing
from atolye.augment.rotation import Rotation
from atolye.augment.translation import Translation
from atolye.augment.views import predict_views
from atolye.augment.zoom import Zoom

__all__ = [
    "POLICIES",
    "AlbumentationsAdapter",
    "AlternatingFlip",
    "Augmentation",
    "Brightness",
    "Contrast",
    "CutMix",
    "Cutout",
    "Flip",
    "MixUp",
    "PadAndCrop",
    "Policy",
    "ProgressiveResize",
    "RandomErasing",
    "Rotation",
    "Translation",
    "Zoom",
    "augmented",
    "policy",
    "predict_views",
    "resize_area",
]
