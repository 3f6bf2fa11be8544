"""A straight PyTorch self-conditioned GAN of points: the networks of `networks.point_mlp`, their losses and Adam."""

import itertools
from multiprocessing.connection import Connection

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.measuring import serve_steps

NUM_UNITS, NUM_PIECES, LABEL_DIMS = 400, 5, 32


class Generator(nn.Module):
    """Latents [N, 2] and labels [N] -> points [N, 2]."""

    def __init__(self, num_clusters: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(num_clusters, LABEL_DIMS)
        widths = [2 + LABEL_DIMS, *[NUM_UNITS] * 4]
        hidden = [
            layer
            for ins, outs in itertools.pairwise(widths)
            for layer in (nn.Linear(ins, outs), nn.BatchNorm1d(outs), nn.ReLU())
        ]
        self.layers = nn.Sequential(*hidden, nn.Linear(NUM_UNITS, 2))

    def forward(self, latents: Tensor, labels: Tensor) -> Tensor:
        return self.layers(torch.cat([latents, F.normalize(self.embedding(labels))], dim=1))


class Discriminator(nn.Module):
    """Points [N, 2] -> the logit of each point's label [N]."""

    def __init__(self, num_clusters: int) -> None:
        super().__init__()
        self.hidden = nn.ModuleList(nn.Linear(ins, 200 * NUM_PIECES) for ins in (2, 200, 200))
        self.logits = nn.Linear(200, num_clusters)

    def forward(self, points: Tensor, labels: Tensor) -> Tensor:
        for layer in self.hidden:
            points = (
                layer(points).view(len(points), 200, NUM_PIECES).amax(dim=2)
            )  # [N, 1000] -> [N, 200, 5] -> [N, 200]
        return self.logits(points).gather(1, labels[:, None])[:, 0]


class Trainer:
    """One discriminator step on a random batch of resident points, then one generator step."""

    def __init__(self, num_clusters: int, batch_size: int) -> None:
        self.generator, self.discriminator = Generator(num_clusters), Discriminator(num_clusters)
        adam = {"lr": 1e-3, "betas": (0.8, 0.999), "eps": 1e-8, "fused": True}
        self.generator_optimizer = torch.optim.Adam(self.generator.parameters(), **adam)
        self.discriminator_optimizer = torch.optim.Adam(self.discriminator.parameters(), **adam)
        self.points = torch.randn(100_000, 2)
        self.labels = torch.randint(num_clusters, (100_000,))
        self.num_clusters, self.batch_size = num_clusters, batch_size

    def fake(self) -> tuple[Tensor, Tensor]:
        """Generated points and their labels."""
        labels = torch.randint(self.num_clusters, (self.batch_size,))
        return self.generator(torch.randn(self.batch_size, 2), labels), labels

    def step(self) -> None:
        """One step of each network."""
        self.discriminator.requires_grad_(True)
        rows = torch.randint(len(self.points), (self.batch_size,))
        with torch.no_grad():
            fake, labels = self.fake()
        loss = F.softplus(-self.discriminator(self.points[rows], self.labels[rows])).mean()
        loss = loss + F.softplus(self.discriminator(fake, labels)).mean()
        self.discriminator_optimizer.zero_grad()
        loss.backward()
        self.discriminator_optimizer.step()
        self.discriminator.requires_grad_(False)
        loss = F.softplus(-self.discriminator(*self.fake())).mean()
        self.generator_optimizer.zero_grad()
        loss.backward()
        self.generator_optimizer.step()


def torch_point_gan(connection: Connection, num_clusters: int, batch_size: int, num_threads: int) -> None:
    """A worker."""
    torch.set_num_threads(num_threads)
    trainer = Trainer(num_clusters, batch_size)
    serve_steps(connection, lambda num_steps: [trainer.step() for _ in range(num_steps)])
