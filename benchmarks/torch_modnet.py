"""A straight PyTorch ModNet: the U-Net, discriminator, losses and optimizers of `tfgan_suite.models.ModNet`.

As in `torch_wgan_gp` the networks are ours seen in a mirror, since PyTorch pads a 5x5 convolution with stride 2 the
other way round. `same_modnet.py` copies weights across, mirrored, and compares.
"""

import math
from multiprocessing.connection import Connection

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.measuring import serve_steps

MAX_WIDTH = 8
CHANNELS = 3


class UNet(nn.Module):
    """Images [N, 3, 32, 32] and target labels [N] -> delta images in [-1, 1]."""

    def __init__(self, num_classes: int, num_filters: int) -> None:
        super().__init__()
        self.num_classes = num_classes
        widths = [num_filters * min(2**index, MAX_WIDTH) for index in range(5)]
        inputs = [CHANNELS + num_classes, *widths[:-1]]
        self.down = nn.ModuleList(
            nn.Sequential(nn.Conv2d(wide, width, 4, 2, 1), *([_norm(width)] if 0 < index < 4 else []))
            for index, (wide, width) in enumerate(zip(inputs, widths, strict=True))
        )
        self.up = nn.ModuleList(
            nn.Sequential(nn.ConvTranspose2d(wide, width, 4, 2, 1), _norm(width))
            for wide, width in zip([widths[4], *(2 * width for width in widths[3:0:-1])], widths[3::-1], strict=True)
        )
        self.delta = nn.ConvTranspose2d(2 * num_filters, CHANNELS, 4, 2, 1)

    def forward(self, images: Tensor, labels: Tensor) -> Tensor:
        one_hot = F.one_hot(labels, self.num_classes).to(images.dtype)
        constant = one_hot[:, :, None, None].expand(-1, -1, *images.shape[2:])
        x, maps = torch.cat([images, constant], 1), []
        for index, block in enumerate(self.down):
            x = block(F.leaky_relu(x, 0.2) if index else x)
            maps.append(x)
        maps.pop()
        for block in self.up:
            x = torch.cat([block(F.relu(x, inplace=True)), maps.pop()], 1)
        return torch.tanh(self.delta(F.relu(x, inplace=True)))


class Discriminator(nn.Module):
    """Images [N, 3, 32, 32] -> logits [N] and class logits [N, num_classes]."""

    def __init__(self, num_classes: int, num_filters: int) -> None:
        super().__init__()
        widths = [num_filters * 2**index for index in range(4)]
        self.maps = nn.Sequential(*(_down(*each) for each in zip([CHANNELS, *widths], widths, strict=False)))
        self.class_logits = nn.Linear(4 * widths[-1], num_classes)  # in Keras' order: by name
        self.logits = nn.Linear(4 * widths[-1], 1)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        features = self.maps(images).flatten(1)
        return self.logits(features)[:, 0], self.class_logits(features)


def _down(in_channels: int, out_channels: int) -> nn.Module:
    norm = [_norm(out_channels)] if in_channels != CHANNELS else []
    return nn.Sequential(nn.Conv2d(in_channels, out_channels, 5, 2, 2), *norm, nn.LeakyReLU(0.2, inplace=True))


def _norm(channels: int) -> nn.Module:
    return nn.BatchNorm2d(channels, eps=1e-5, momentum=0.1)


class Trainer:
    """One discriminator step and two generator steps, all on one cached batch.

    Args:
        num_classes, num_filters, batch_size: sizes.
        channels_last: memory layout of images and weights.
        compiled: whether both networks go through `torch.compile`.
    """

    def __init__(
        self, num_classes: int, num_filters: int, batch_size: int, channels_last: bool = False, compiled: bool = False
    ) -> None:
        layout = torch.channels_last if channels_last else torch.contiguous_format
        self.generator = UNet(num_classes, num_filters).to(memory_format=layout)
        self.discriminator = Discriminator(num_classes, num_filters).to(memory_format=layout)
        adam = {"lr": 2e-4, "betas": (0.5, 0.999), "eps": 1e-8, "fused": True}
        self.generator_optimizer = torch.optim.Adam(self.generator.parameters(), **adam)
        self.discriminator_optimizer = torch.optim.Adam(self.discriminator.parameters(), **adam)
        self.num_classes = num_classes
        self.images = torch.rand(batch_size, CHANNELS, 32, 32).mul(2).sub(1).contiguous(memory_format=layout)
        self.labels = torch.randint(num_classes, (batch_size,))
        self.delta = torch.compile(self.generator) if compiled else self.generator
        self.discriminate = torch.compile(self.discriminator) if compiled else self.discriminator

    def targets(self) -> Tensor:
        """Labels uniform over the classes other than the images' own."""
        return (self.labels + torch.randint(1, self.num_classes, self.labels.shape)) % self.num_classes

    def modified(self, targets: Tensor) -> Tensor:
        """The images changed towards their targets, clipped to [-1, 1]."""
        return (self.images + self.delta(self.images, targets)).clamp(-1, 1)

    def discriminator_loss(self, fake: Tensor, targets: Tensor) -> Tensor:
        """Eq. 2.4 and 2.5 of the ModNet thesis."""
        (real, real_classes), (logits, classes) = self.discriminate(self.images), self.discriminate(fake)
        adversarial = F.softplus(-real).mean() + F.softplus(logits).mean()
        return adversarial + F.cross_entropy(real_classes, self.labels) + F.cross_entropy(classes, targets)

    def generator_loss(self, fake: Tensor, targets: Tensor) -> Tensor:
        """Eq. 2.3, the results' part of eq. 2.5, and the mean absolute change."""
        logits, classes = self.discriminate(fake)
        change = (fake - self.images).abs().mean()
        return F.softplus(-logits).mean() + F.cross_entropy(classes, targets) + change

    def step(self) -> tuple[float, float]:
        """One train step; the losses of the discriminator and, last, of the generator."""
        self.discriminator.requires_grad_(True)
        targets = self.targets()
        with torch.no_grad():
            fake = self.modified(targets)
        d_loss = self._apply(self.discriminator_loss(fake, targets), self.discriminator_optimizer)
        self.discriminator.requires_grad_(False)
        for _ in range(2):
            targets = self.targets()
            g_loss = self._apply(self.generator_loss(self.modified(targets), targets), self.generator_optimizer)
        return d_loss, g_loss

    @staticmethod
    def _apply(loss: Tensor, optimizer: torch.optim.Optimizer) -> float:
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()


def torch_modnet(connection: Connection, num_threads: int, **sizes: int | bool) -> None:
    """A worker. Where `torch.compile` does not work, it answers with infinity."""
    torch.set_num_threads(num_threads)
    trainer = Trainer(**sizes)
    try:
        trainer.step()
    except Exception as error:  # the compiler's own: no compiler, no network, an operation it does not know
        if not sizes.get("compiled"):
            raise
        print(f"torch.compile does not work here: {type(error).__name__}", flush=True)
        while connection.recv() is not None:
            connection.send(math.inf)
        return
    serve_steps(connection, lambda num_steps: [trainer.step() for _ in range(num_steps)])
