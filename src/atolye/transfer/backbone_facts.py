"""What is known of each pretrained backbone without building it: size, cost, published accuracy, weights file."""

from pathlib import Path
from typing import NamedTuple

PUBLISHED_SIDE = 224  # pixels at which the FLOPs below are counted


class BackboneFacts(NamedTuple):
    """One row of the table.

    Args:
        name: as `atolye.models.backbone` knows it.
        parameters: without the head.
        flops: 2 x MACs of one image of 224 pixels a side, without the head; as `atolye.profile.profile` counts them.
        blocks: as `find_blocks` finds them.
        top1: share of ImageNet's validation set, as published with these weights.
        pixels: side of the images at which they were published.
        file: name of the weights without the head in Keras's cache; empty where they are installed with atolye.
    """

    name: str
    parameters: int
    flops: int
    blocks: int
    top1: float
    pixels: int
    file: str

    @property
    def megabytes(self) -> float:
        """Size of the weights file: 4 bytes a parameter."""
        return 4 * self.parameters / 1e6

    def flops_at(self, image_size: int) -> int:
        """Return the FLOPs at another size: they grow with the number of pixels."""
        return round(self.flops * (image_size / PUBLISHED_SIDE) ** 2)


_OLD = "weights_tf_dim_ordering_tf_kernels"

# Top-1: keras.io/api/applications for Keras's own weights (papers print other figures for other weights, and the
# slides others again: 76.1 % for ResNet50, 82.1 % for ConvNeXt-Tiny); for efficientnet-lite0 the README of its authors.
FACTS = {
    facts.name: facts
    for facts in (
        BackboneFacts("vgg16", 14_714_688, 30_693_261_312, 6, 0.713, 224, f"vgg16_{_OLD}_notop.h5"),
        BackboneFacts("vgg19", 20_024_384, 39_016_857_600, 6, 0.713, 224, f"vgg19_{_OLD}_notop.h5"),
        BackboneFacts("resnet50", 23_587_712, 7_711_850_496, 17, 0.749, 224, f"resnet50_{_OLD}_notop.h5"),
        BackboneFacts("mobilenet-v2", 2_257_984, 598_988_544, 19, 0.713, 224, f"mobilenet_v2_{_OLD}_1.0_224_no_top.h5"),
        BackboneFacts("efficientnet-b0", 4_049_571, 769_069_504, 18, 0.771, 224, "efficientnetb0_notop.h5"),
        BackboneFacts("efficientnet-b4", 17_673_823, 3_003_836_864, 34, 0.829, 380, "efficientnetb4_notop.h5"),
        BackboneFacts("efficientnet-v2-b0", 5_919_312, 1_433_612_352, 23, 0.787, 224, "efficientnetv2-b0_notop.h5"),
        BackboneFacts("convnext-tiny", 27_820_128, 8_909_526_528, 23, 0.813, 224, "convnext_tiny_notop.h5"),
        BackboneFacts("efficientnet-lite0", 3_413_024, 767_815_104, 18, 0.751, 224, ""),
    )
}
"""What is known of each backbone, by name, in the order of `atolye.models.BACKBONES`."""

_MOBILENET_SIZES = (96, 128, 160, 192, 224)  # of MobileNetV2 Keras has weights of their own; else those of 224


def weights_are_here(name: str, image_size: int) -> bool:
    """Return whether the ImageNet weights of a backbone can be had without a network.

    Args:
        name: one of `atolye.models.BACKBONES`.
        image_size: side of the images in pixels.

    Example:
        >>> weights_are_here("efficientnet-lite0", 96)
        True
    """
    file = FACTS[name].file
    if name == "mobilenet-v2" and image_size in _MOBILENET_SIZES:
        file = file.replace("224", str(image_size))
    return not file or (_keras_cache() / file).is_file()


def _keras_cache() -> Path:
    from keras.src.utils import file_utils  # where Keras itself looks; it has no public name for it

    return Path(file_utils.config.keras_home()) / "models"
