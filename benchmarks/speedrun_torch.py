"""The recipe of `speedrun_jax.py` in PyTorch, to compare with: same network, tricks, rates, clock and figures.

It needs PyTorch and NumPy, nothing of atolye; its 5,000 validation images are not those of `load_dataset`.
"""

import argparse
import json
import sys
import time
from typing import Any

import numpy as np

try:
    import torch
    from torch import nn
except ImportError:
    sys.exit("speedrun_torch.py needs PyTorch: install torch, or give --beside-torch a Python that has it.")

RATE, SMOOTHING = 0.24, 0.2
SHIFTS, HEAD = 110 / 512, 5.5 / 512  # rates of SGD for each image of a batch, as multiples of the kernels'
MIRROR = [1, 0, *range(32), 31, 30]  # the pixel at each place of an image with a mirrored border of 2


class Network(nn.Module):
    """Whitening, two convolutions a width, global maximum and a linear layer; takes bytes, channels last."""

    def __init__(self, widths: list[int], policy: str) -> None:
        super().__init__()
        self.policy, parts, channels = policy, [], 24
        self.whitening, self.head = nn.Conv2d(3, channels, 2), nn.Linear(widths[-1], 10)
        for width, pool in [(width, pool) for width in widths for pool in (True, False)]:
            convolution = nn.Conv2d(channels, width, 3, padding=1, bias=False)
            nn.init.dirac_(convolution.weight.data[:channels])  # the identity
            norm, channels = nn.BatchNorm2d(width, eps=1e-3, momentum=0.4), width
            parts += [convolution, *[nn.MaxPool2d(2)] * pool, norm, nn.ReLU()]
        self.blocks = nn.Sequential(*parts)
        nn.init.xavier_uniform_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def whiten(self, images: np.ndarray) -> None:
        """Make the first filters, under which patches of 2 x 2 pixels are uncorrelated, each with both signs."""
        patches = np.lib.stride_tricks.sliding_window_view(images, (2, 2), axis=(1, 2)).reshape(-1, 12)
        centred = patches - patches.mean(axis=0).astype("float32")
        variances, vectors = np.linalg.eigh(centred.T @ centred / len(patches))
        vectors /= np.sqrt(variances + 5e-4 * variances.mean())
        filters = np.concatenate([vectors, -vectors], axis=1).T
        self.whitening.weight.data.copy_(torch.tensor(filters.reshape(-1, 3, 2, 2)))
        self.whitening.bias.data.copy_(torch.tensor(-filters @ patches.mean(axis=0)))

    def forward(self, pixels: Any) -> Any:
        x = self.whitening(pixels.permute(0, 3, 1, 2).float()).relu()
        with torch.autocast(pixels.device.type, torch.bfloat16, enabled=self.policy == "mixed_bfloat16"):
            x = self.blocks(x).amax(dim=(2, 3)).float()
        return self.head(x / 16)


def augmented(images: Any, odd: Any, rows: Any, draws: Any, epoch: int) -> Any:
    """Return the images `rows`, mirrored every other epoch and moved, by one look-up of each pixel."""
    down, across = torch.tensor(MIRROR)[(draws * 5).long().T[:, :, None] + torch.arange(32)]
    across = torch.where(((odd[rows] + epoch) % 2 == 1)[:, None], 31 - across, across)
    return images[rows[:, None, None], down[:, :, None], across[:, None, :]]


def orthogonal(x: Any) -> Any:
    """Return a matrix with its singular values brought near 1, by 3 Newton-Schulz iterations."""
    x = x / (x.norm() + 1e-7)
    for _ in range(3):
        x = 3.4445 * x + (2.0315 * (gram := x @ x.T) @ gram - 4.7750 * gram) @ x
    return x


def training_step(model: Any, forward: Any, nearest: Any, updates: int) -> Any:
    """Return the function of images, labels and the update's number that trains and returns the loss."""
    shifts = [model.whitening.bias, *(part.bias for part in model.blocks if isinstance(part, nn.BatchNorm2d))]
    sgd = torch.optim.SGD([{"params": shifts}, {"params": model.head.parameters()}], momentum=0.85, nesterov=True)
    momenta = {part.weight: torch.zeros_like(part.weight) for part in model.blocks if isinstance(part, nn.Conv2d)}

    def step(images: Any, labels: Any, number: int) -> Any:
        loss = nn.functional.cross_entropy(forward(images), labels, label_smoothing=SMOOTHING)
        model.zero_grad()
        loss.backward()
        rate = RATE * (1 - number / updates)
        for group, factor in zip(sgd.param_groups, (SHIFTS, HEAD), strict=True):
            group["lr"] = rate * factor * len(images)
        sgd.step()
        for kernel, momentum in momenta.items():  # Muon
            momentum.mul_(0.6).add_(kernel.grad)
            kernel.data.mul_(len(kernel) ** 0.5 / (kernel.data.norm() + 1e-7))
            kernel.data.sub_(rate * nearest((kernel.grad + 0.6 * momentum).flatten(1)).reshape(kernel.shape))
        return loss.detach()

    return step


def train(model: Any, options: argparse.Namespace, images: Any, labels: Any) -> dict[str, Any]:
    """Train and return the seconds of compiling and of training, and each epoch's mean loss."""
    size, count, odd = options.batch_size, len(images) // options.batch_size, images.sum(dim=(1, 2, 3)) % 2
    start, before = time.perf_counter(), {name: value.clone() for name, value in model.state_dict().items()}
    forward, nearest = (torch.compile(part) if options.compile else part for part in (model, orthogonal))
    training_step(model, forward, nearest, 1)(images[:size], labels[:size], 0).tolist()
    model.load_state_dict(before)
    step, losses = training_step(model, forward, nearest, options.epochs * count), []
    compiling, start = time.perf_counter() - start, time.perf_counter()
    model.whiten(images[:5000].numpy(force=True))
    for epoch in range(options.epochs):
        for number, rows in enumerate(torch.randperm(len(images)).split(size)[:count], start=epoch * count):
            losses.append(step(augmented(images, odd, rows, torch.rand(size, 2), epoch), labels[rows], number))
    means = torch.stack(losses).double().view(options.epochs, -1).mean(dim=1).round(decimals=4).tolist()  # waits
    return {"compile_seconds": round(compiling, 2), "seconds": round(time.perf_counter() - start, 3), "losses": means}


def judge(model: Any, images: Any, labels: Any) -> dict[str, float]:
    """Return the accuracy of one look at each image, and that of six views, of which the four moved ones count half."""
    moved = [images[:, places][:, :, places] for places in (MIRROR[:-4], MIRROR[4:])]
    views = [way for view in (images, *moved) for way in (view, view.flip(2))]
    rows = [torch.cat([model(part).detach().softmax(dim=1) for part in view.split(1000)]) for view in views]
    answers = {"accuracy": rows[0], "accuracy_views": 2 * (rows[0] + rows[1]) + sum(rows[2:])}
    return {name: round(float((mean.argmax(dim=1) == labels).float().mean()), 4) for name, mean in answers.items()}


def main() -> None:
    """Train once and print a line of JSON."""
    parser, cuda = argparse.ArgumentParser(description=__doc__.splitlines()[0]), torch.cuda.is_available()
    parser.add_argument("--data-dir", required=True, help="folder with cifar10.npz")
    for name, default in {"seed": 0, "epochs": 8, "batch-size": 2000, "max-examples": 50_000}.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--widths", type=int, nargs="+", default=[64, 256, 256])
    parser.add_argument("--policy", default="mixed_bfloat16" if cuda else "float32")
    parser.add_argument("--compile", action=argparse.BooleanOptionalAction, default=cuda, help="with torch.compile")
    parser.add_argument("--test", action="store_true", help="train on all 50,000 images and judge on the test set")
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    torch.set_default_device("cuda" if cuda else "cpu")
    torch.set_float32_matmul_precision("high")
    file = np.load(f"{options.data_dir}/cifar10.npz")
    sets = [(file[f"x_{name}"], file[f"y_{name}"].ravel().astype("int64")) for name in ("train", "test")]
    parts = np.split(np.random.default_rng(0).permutation(50_000), [45_000])
    sets = sets if options.test else [tuple(array[rows] for array in sets[0]) for rows in parts]
    trained, judged = ([torch.tensor(array[: options.max_examples]) for array in arrays] for arrays in sets)
    net = Network(options.widths, options.policy).to(memory_format=torch.channels_last)
    facts = {"framework": f"torch {torch.__version__}", "device": torch.cuda.get_device_name() if cuda else "cpu"}
    facts |= {"judged": "test" if options.test else "validation", "learning_rate": RATE, "label_smoothing": SMOOTHING}
    facts |= {name: getattr(options, name) for name in ("seed", "epochs", "batch_size", "widths", "policy")}
    facts |= {"num_images": len(trained[0])} | train(net, options, *trained)
    print(json.dumps(facts | judge(net.eval(), *judged)))


if __name__ == "__main__":
    main()
