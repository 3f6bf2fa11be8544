"""A straight PyTorch WGAN-GP: the networks, losses and optimizers of `tfgan_suite.models.WGANGP`.

PyTorch pads a convolution with stride 2 by (2, 1) where TensorFlow pads by (1, 2): the same network seen in a mirror.
`same_networks.py` copies weights across, mirrored, and compares the outputs.
"""

from multiprocessing.connection import Connection

import torch
from torch import Tensor, nn

from benchmarks.measuring import serve_steps

LATENT_DIM = 128
NUM_CRITIC_STEPS = 5
PENALTY_WEIGHT = 10.0


class Generator(nn.Module):
    """Latents [N, 128] -> images [N, 3, 32, 32]."""

    def __init__(self, num_filters: int) -> None:
        super().__init__()
        f = num_filters
        self.num_filters = f
        self.stem = nn.Sequential(nn.Linear(LATENT_DIM, 16 * 4 * f), nn.BatchNorm1d(16 * 4 * f), nn.ReLU())
        self.maps = nn.Sequential(
            *(_conv_up(4 * f, 2 * f), nn.BatchNorm2d(2 * f), nn.ReLU()),
            *(_conv_up(2 * f, f), nn.BatchNorm2d(f), nn.ReLU()),
            *(_conv_up(f, 3), nn.Tanh()),
        )

    def forward(self, latents: Tensor) -> Tensor:
        return self.maps(self.stem(latents).view(-1, 4 * self.num_filters, 4, 4))


class Critic(nn.Module):
    """Images [N, 3, 32, 32] -> logits [N]."""

    def __init__(self, num_filters: int) -> None:
        super().__init__()
        f = num_filters
        self.maps = nn.Sequential(
            *(_conv_down(3, f), nn.LeakyReLU(0.2)),
            *(_conv_down(f, 2 * f), nn.LeakyReLU(0.2)),
            *(_conv_down(2 * f, 4 * f), nn.LeakyReLU(0.2)),
        )
        self.logits = nn.Linear(16 * 4 * f, 1)

    def forward(self, images: Tensor) -> Tensor:
        return self.logits(self.maps(images).flatten(1))[:, 0]


def _conv_down(in_channels: int, out_channels: int) -> nn.Module:
    return nn.Conv2d(in_channels, out_channels, 5, stride=2, padding=2)


def _conv_up(in_channels: int, out_channels: int) -> nn.Module:
    return nn.ConvTranspose2d(in_channels, out_channels, 5, stride=2, padding=2, output_padding=1)


def critic_loss(critic: nn.Module, real: Tensor, fake: Tensor, mixing: Tensor, autocast: torch.autocast) -> Tensor:
    """E[D(fake)] - E[D(real)] + 10 E[(||grad D(x_hat)||_2 - 1)^2]."""
    with autocast:
        loss = critic(fake).float().mean() - critic(real).float().mean()
        mixed = (real + mixing[:, None, None, None] * (fake - real)).requires_grad_()
        total = critic(mixed).float().sum()
    (gradients,) = torch.autograd.grad(total, mixed, create_graph=True)
    norms = (gradients.float().flatten(1).square().sum(1) + 1e-12).sqrt()
    return loss + PENALTY_WEIGHT * (norms - 1).square().mean()


class Trainer:
    """Five critic steps, then one generator step, on one cached batch."""

    def __init__(self, num_filters: int, batch_size: int, bfloat16: bool, channels_last: bool) -> None:
        layout = torch.channels_last if channels_last else torch.contiguous_format
        self.generator = Generator(num_filters).to(memory_format=layout)
        self.critic = Critic(num_filters).to(memory_format=layout)
        adam = {"lr": 1e-4, "betas": (0.5, 0.9), "eps": 1e-8, "fused": True}
        self.generator_optimizer = torch.optim.Adam(self.generator.parameters(), **adam)
        self.critic_optimizer = torch.optim.Adam(self.critic.parameters(), **adam)
        self.real = torch.rand(batch_size, 3, 32, 32).mul(2).sub(1).contiguous(memory_format=layout)
        self.autocast = torch.autocast("cpu", torch.bfloat16, enabled=bfloat16)

    def fake(self) -> Tensor:
        """A batch of generated images, float32."""
        with self.autocast:
            return self.generator(torch.randn(len(self.real), LATENT_DIM)).float()

    def step(self) -> None:
        """One generator step with its critic steps."""
        self.critic.requires_grad_(True)
        for _ in range(NUM_CRITIC_STEPS):
            with torch.no_grad():
                fake = self.fake()
            loss = critic_loss(self.critic, self.real, fake, torch.rand(len(self.real)), self.autocast)
            self.critic_optimizer.zero_grad()
            loss.backward()
            self.critic_optimizer.step()
        self.critic.requires_grad_(False)
        fake = self.fake()
        with self.autocast:
            loss = -self.critic(fake).float().mean()
        self.generator_optimizer.zero_grad()
        loss.backward()
        self.generator_optimizer.step()


def torch_wgan_gp(
    connection: Connection, num_filters: int, batch_size: int, bfloat16: bool, channels_last: bool, num_threads: int
) -> None:
    """A worker."""
    torch.set_num_threads(num_threads)
    trainer = Trainer(num_filters, batch_size, bfloat16, channels_last)
    serve_steps(connection, lambda num_steps: [trainer.step() for _ in range(num_steps)])


def torch_matrix_product(connection: Connection, size: int, num_threads: int) -> None:
    """A worker: products of two float32 [size, size] matrices."""
    torch.set_num_threads(num_threads)
    left, right = torch.rand(size, size), torch.rand(size, size)
    serve_steps(connection, lambda num_steps: [left @ right for _ in range(num_steps)])
