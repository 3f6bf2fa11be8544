"""The models of the smooth-to-sharp thesis on spheres, and what each is trained on (tables 5.4, 5.8, 5.11 and 5.19)."""

import dataclasses
from typing import Any

LEARNING_RATE = 1e-3
PENALTY_WEIGHT = 10.0
NUM_CRITIC_STEPS = 5
"""For each step of the generator, of which a training has `num_steps`. The thesis' tables have "training steps 20,000:
total number of updates" and "generator update frequency 5", which may also mean 20,000 updates of the critic and 4,000
of the generator. Against that speaks that direct training on 28 x 28 pixels has a KL divergence of 0.09 after 5,000
generator steps, and comes to the thesis' 0.0425 after some 15,000."""


@dataclasses.dataclass(frozen=True)
class SphereModel:
    """A model with dense networks, latents U[-1, 1] and images in [0, 1].

    Attributes:
        title: in tables and figures.
        image_size: side length in pixels.
        num_spheres: in an image.
        wasserstein: WGAN-GP with five critic steps and a penalty of weight 10; else the original GAN.
        latent_dim: length of the latents.
        hidden_units: of the hidden layer of either network.
    """

    title: str
    image_size: int = 28
    num_spheres: int = 1
    wasserstein: bool = True
    latent_dim: int = 2
    hidden_units: int = 64


MODELS = {
    "gan_28": SphereModel("GAN (28x28)", wasserstein=False),
    "wgan_28": SphereModel("WGAN-GP (28x28)"),
    "wgan_48": SphereModel("WGAN-GP (48x48)", image_size=48),
    "wgan_two_spheres": SphereModel("WGAN-GP (two spheres)", num_spheres=2, latent_dim=4, hidden_units=128),
}


def build_sphere_model(
    model: SphereModel,
    *,
    l2_strength: float = 0.0,
    adversarial_loss: str = "non_saturating",
    jit_compile: bool = True,
    steps_per_execution: int = 1,
    seed: int = 0,
) -> Any:
    """Builds and compiles a model, with `rmsprop` for both networks.

    Args:
        model: of `MODELS`.
        l2_strength: lambda of lambda / 2 ||theta||^2 over all weights of a network (section 4.1), for the original GAN.
        adversarial_loss: of the original GAN; the thesis prints "minimax" (eq. 2.6 and 2.7), see `SphereSettings`.
        jit_compile: XLA.
        steps_per_execution: train steps per compiled call.
        seed: of the weights and of all noise.
    """
    import keras

    from tfgan_suite.models import GAN, WGANGP
    from tfgan_suite.networks import dense_discriminator, dense_generator

    keras.utils.set_random_seed(seed)
    shape, hidden = (model.image_size, model.image_size, 1), (model.hidden_units,)
    networks = dense_generator(shape, model.latent_dim, hidden), dense_discriminator(shape, hidden)
    optimizers = rmsprop(), rmsprop()
    how = {"jit_compile": jit_compile, "steps_per_execution": steps_per_execution}
    if model.wasserstein:
        gan = WGANGP(*networks, prior="uniform", num_discriminator_steps=NUM_CRITIC_STEPS, seed=seed)
        gan.compile(*optimizers, gradient_penalty_weight=PENALTY_WEIGHT, **how)
    else:
        gan = GAN(*networks, prior="uniform", seed=seed)
        gan.compile(*optimizers, adversarial_loss=adversarial_loss, l2_weight=l2_strength / 2, **how)
    return gan


def rmsprop() -> Any:
    """The thesis' optimizer. It states the rate of 1e-3 only; the rest is PyTorch's, as the start values are.

    PyTorch adds its epsilon of 1e-8 to the root of the mean square, Keras adds its own below the root: 1e-16 gives the
    same bound on a step. It matters: with Keras' own 1e-7 the small gradients of a minimax loss move nothing.
    """
    import keras

    return keras.optimizers.RMSprop(LEARNING_RATE, rho=0.99, epsilon=1e-16)
