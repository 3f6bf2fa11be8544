"""Checks that the PyTorch version computes what `WGANGP` computes, from the same weights."""

from multiprocessing.connection import Connection

import numpy as np

BATCH_SIZE, NUM_FILTERS, TOLERANCE = 8, 16, 1e-3


def largest_difference(connection: Connection) -> None:
    """A worker that answers once with the largest difference of images, loss and critic's gradients.

    Each is relative to the largest entry of ours. Both versions are in float32.
    """
    import tensorflow as tf
    import torch

    from benchmarks.torch_wgan_gp import Critic, Generator, critic_loss
    from tfgan_suite.losses.penalties import gradient_penalty
    from tfgan_suite.networks.wgan_gp import wgan_gp_discriminator, wgan_gp_generator

    connection.recv()
    rng = np.random.default_rng(0)
    latents, real = rng.normal(size=(BATCH_SIZE, 128)), rng.uniform(-1, 1, (BATCH_SIZE, 32, 32, 3))
    mixing = rng.uniform(size=BATCH_SIZE)
    latents, real, mixing = (each.astype(np.float32) for each in (latents, real, mixing))

    generator = wgan_gp_generator((32, 32, 3), num_filters=NUM_FILTERS)
    critic = wgan_gp_discriminator((32, 32, 3), num_filters=NUM_FILTERS)
    fake = generator(latents, training=True)
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(critic(fake, training=True)) - tf.reduce_mean(critic(real, training=True))
        loss += 10.0 * gradient_penalty(lambda images: critic(images, training=True), real, fake, mixing)
    gradients = tape.gradient(loss, critic.trainable_variables)

    torch_generator, torch_critic = Generator(NUM_FILTERS), Critic(NUM_FILTERS)
    _copy(generator, torch_generator, _to_torch_transposed)
    _copy(critic, torch_critic, _to_torch)
    torch_fake = torch_generator(torch.from_numpy(latents)).detach()
    torch_loss = critic_loss(
        torch_critic, _mirrored(real), torch_fake, torch.from_numpy(mixing), torch.autocast("cpu", enabled=False)
    )
    torch_loss.backward()
    pairs = [(_mirrored(fake.numpy()), torch_fake), (torch.tensor(loss.numpy()), torch_loss.detach())]
    ours = [torch.from_numpy(_to_torch(gradient.numpy())) for gradient in gradients]
    pairs += [(each, parameter.grad) for each, parameter in zip(ours, torch_critic.parameters(), strict=True)]
    connection.send(max(float((ours - theirs).abs().max() / ours.abs().max()) for ours, theirs in pairs))


def _mirrored(images: np.ndarray) -> "torch.Tensor":  # noqa: F821 - torch is imported in the worker only
    import torch

    return torch.from_numpy(np.ascontiguousarray(images[:, ::-1, ::-1].transpose(0, 3, 1, 2)))


def _copy(network: "keras.Model", module: "torch.nn.Module", convert: object) -> None:  # noqa: F821
    import torch

    values = [variable.numpy() for variable in network.trainable_variables]
    with torch.no_grad():
        for parameter, value in zip(module.parameters(), values, strict=True):
            parameter.copy_(torch.from_numpy(convert(value)))


def _to_torch(value: np.ndarray) -> np.ndarray:
    """The critic's kernels [k, k, I, O] -> mirrored [O, I, k, k]; its linear layer's rows [h, w, c] -> [c, h, w]."""
    if value.ndim == 4:
        value = value[::-1, ::-1].transpose(3, 2, 0, 1)
    elif value.ndim == 2:
        maps = value.reshape(4, 4, -1)
        value = maps[::-1, ::-1].transpose(2, 0, 1).reshape(1, -1)
    return np.ascontiguousarray(value)


def _to_torch_transposed(value: np.ndarray) -> np.ndarray:
    """The generator's: as `_to_torch`, and its stem's units and their norm from [h, w, c] to [c, h, w], mirrored."""
    if value.ndim == 4:  # Keras has [k, k, O, I] and PyTorch [I, O, k, k]
        return _to_torch(value)
    if value.shape[-1] == 16 * 4 * NUM_FILTERS:
        maps = value.reshape(-1, 4, 4, 4 * NUM_FILTERS)[:, ::-1, ::-1]
        value = maps.transpose(3, 1, 2, 0).reshape(value.shape[-1], -1)
        return np.ascontiguousarray(value if value.shape[1] > 1 else value[:, 0])
    return value
