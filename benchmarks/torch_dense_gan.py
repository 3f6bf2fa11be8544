"""A straight PyTorch loop for the sphere studies: the networks of `networks.dense`, their losses and RMSProp."""

from multiprocessing.connection import Connection

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.measuring import serve_steps


class Trainer:
    """Discriminator steps on random batches of resident images, then one generator step.

    Args:
        side: of the images, in pixels.
        latent_dim: of the generator.
        units: of either network's hidden layer.
        batch_size: images per step.
        critic_steps: 0 for the original GAN with an L2 penalty, else WGAN-GP's number.
    """

    def __init__(self, side: int, latent_dim: int, units: int, batch_size: int, critic_steps: int) -> None:
        self.pixels, self.latent_dim, self.batch_size, self.critic_steps = side**2, latent_dim, batch_size, critic_steps
        self.generator = nn.Sequential(
            nn.Linear(latent_dim, units), nn.ReLU(), nn.Linear(units, self.pixels), nn.Sigmoid()
        )
        self.discriminator = nn.Sequential(nn.Linear(self.pixels, units), nn.ReLU(), nn.Linear(units, 1))
        # lambda / 2 ||theta||^2 has the gradient lambda theta, which is what PyTorch calls weight decay.
        rmsprop = {"lr": 1e-3, "alpha": 0.99, "eps": 1e-8, "weight_decay": 0.0 if critic_steps else 1e-4}
        self.generator_optimizer = torch.optim.RMSprop(self.generator.parameters(), **rmsprop)
        self.discriminator_optimizer = torch.optim.RMSprop(self.discriminator.parameters(), **rmsprop)
        self.images = (torch.rand(400, self.pixels) > 0.9).float()

    def fake(self) -> Tensor:
        """Generated images, [N, pixels]."""
        return self.generator(2 * torch.rand(self.batch_size, self.latent_dim) - 1)

    def penalty(self, real: Tensor, fake: Tensor) -> Tensor:
        """The gradient penalty."""
        mixed = real + torch.rand(self.batch_size, 1) * (fake - real)
        mixed.requires_grad_(True)
        (gradients,) = torch.autograd.grad(self.discriminator(mixed).sum(), mixed, create_graph=True)
        return ((gradients.square().sum(dim=1) + 1e-12).sqrt() - 1).square().mean()

    def discriminator_step(self) -> None:
        """One update of the discriminator."""
        real = self.images[torch.randint(len(self.images), (self.batch_size,))]
        with torch.no_grad():
            fake = self.fake()
        on_real, on_fake = self.discriminator(real), self.discriminator(fake)
        if self.critic_steps:
            loss = on_fake.mean() - on_real.mean() + 10 * self.penalty(real, fake)
        else:
            loss = F.softplus(-on_real).mean() + F.softplus(on_fake).mean()
        self.discriminator_optimizer.zero_grad()
        loss.backward()
        self.discriminator_optimizer.step()

    def step(self) -> None:
        """One generator step and the discriminator steps before it."""
        self.discriminator.requires_grad_(True)
        for _ in range(self.critic_steps or 1):
            self.discriminator_step()
        self.discriminator.requires_grad_(False)
        on_fake = self.discriminator(self.fake())
        loss = -on_fake.mean() if self.critic_steps else -F.softplus(on_fake).mean()  # minimax
        self.generator_optimizer.zero_grad()
        loss.backward()
        self.generator_optimizer.step()


def torch_dense_gan(connection: Connection, num_threads: int, **sizes: int) -> None:
    """A worker. Without flushing, denormal numbers of saturated images make it several times slower."""
    torch.set_num_threads(num_threads)
    torch.set_flush_denormal(True)
    trainer = Trainer(**sizes)
    serve_steps(connection, lambda num_steps: [trainer.step() for _ in range(num_steps)])
