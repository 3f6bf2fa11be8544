"""Checks that the PyTorch ModNet is ours: as many parameters, the same losses and gradients, the same training."""

from collections.abc import Mapping
from multiprocessing.connection import Connection

import numpy as np

NUM_CLASSES, NUM_FILTERS, BATCH_SIZE, NUM_STEPS = 10, 8, 8, 5
TOLERANCES = {"losses and gradients": 1e-3, "losses over training": 2e-2}
"""Of a result or loss relative to our largest entry, of a gradient to the network's largest one. Over training Adam's
first steps are the signs of gradients, however small those are, so that rounding shows."""


def differences(connection: Connection, num_filters: int) -> None:
    """A worker that answers once with what differs, by the keys of `TOLERANCES`.

    Args:
        connection: to the caller.
        num_filters: of the networks that are timed, whose parameters are counted. Values are compared on small ones.

    Raises:
        RuntimeError: the two have other numbers of parameters.
    """
    import torch

    from benchmarks.torch_modnet import Trainer

    connection.recv()
    ours, theirs = _fixed_modnet(num_filters), Trainer(NUM_CLASSES, num_filters, 1)
    _require_same_counts(ours, theirs)
    rng = np.random.default_rng(0)
    images = rng.uniform(-1, 1, (BATCH_SIZE, 32, 32, 3)).astype(np.float32)
    labels = (np.arange(BATCH_SIZE) % NUM_CLASSES).astype(np.int32)
    ours, theirs = _fixed_modnet(NUM_FILTERS), Trainer(NUM_CLASSES, NUM_FILTERS, BATCH_SIZE)
    _copy(ours.generator, theirs.generator)
    _copy(ours.discriminator, theirs.discriminator)
    theirs.images, theirs.labels = _mirrored(images), torch.from_numpy(labels).long()
    theirs.targets = lambda: (theirs.labels + 1) % NUM_CLASSES
    found = {
        "losses and gradients": _of_one_step(ours, theirs, images, labels),
        "losses over training": _over_training(ours, theirs, images, labels),
    }
    connection.send(found)


def require_same(found: Mapping[str, float]) -> None:
    """Raises `RuntimeError` unless every difference is within its tolerance."""
    for name, difference in found.items():
        if not difference < TOLERANCES[name]:
            raise RuntimeError(f"The two versions differ in {name} by {difference:.1e} of the largest entry.")


def _fixed_modnet(num_filters: int) -> "ModNet":  # noqa: F821 - TensorFlow is imported in the worker only
    """Our ModNet, whose target is always the next class."""
    from tfgan_suite.data import load_images
    from tfgan_suite.models import ModNet

    class FixedTargets(ModNet):
        def sample_targets(self, labels, seed):
            return (labels + 1) % self.num_classes

    pixels = np.zeros((NUM_CLASSES, 32, 32, 3), np.uint8)
    images = load_images(pixels, labels=np.arange(NUM_CLASSES, dtype=np.int32))
    modnet = FixedTargets.for_images(images, num_filters=num_filters, num_generator_steps=2)
    modnet.compile()
    return modnet


def _require_same_counts(ours: object, theirs: object) -> None:
    for name in ("generator", "discriminator"):
        own = sum(int(np.prod(variable.shape)) for variable in getattr(ours, name).trainable_variables)
        other = sum(parameter.numel() for parameter in getattr(theirs, name).parameters())
        if own != other:
            raise RuntimeError(f"The {name}s have {own:,} and {other:,} parameters.")


def _of_one_step(ours: object, theirs: object, images: np.ndarray, labels: np.ndarray) -> float:
    """The largest difference of results, losses, and gradients of both losses."""
    import tensorflow as tf
    import torch

    targets = (labels + 1) % NUM_CLASSES
    real = {"real_labels": tf.constant(labels), "fake_labels": tf.constant(targets)}
    from tfgan_suite.models.modnet import source_batches

    with source_batches([(tf.constant(images), tf.constant(labels))]), tf.GradientTape(persistent=True) as tape:
        fake, _ = ours._fake_batch(BATCH_SIZE, tf.constant([0, 0]))
        seen = [ours.discriminate(each, None, training=True) for each in (tf.constant(images), fake)]
        d_loss, _ = ours.discriminator_loss(*seen, **real)
        g_loss, _ = ours.generator_loss(seen[1], real["fake_labels"])
    gradients = {
        "discriminator": tape.gradient(d_loss, ours.discriminator.trainable_variables),
        "generator": tape.gradient(g_loss, ours.generator.trainable_variables),
    }
    their_targets = theirs.targets()
    their_fake = theirs.modified(their_targets)
    their_d_loss = theirs.discriminator_loss(their_fake.detach(), their_targets)
    their_gradients = {"discriminator": torch.autograd.grad(their_d_loss, list(theirs.discriminator.parameters()))}
    their_g_loss = theirs.generator_loss(their_fake, their_targets)
    their_gradients["generator"] = torch.autograd.grad(their_g_loss, list(theirs.generator.parameters()))

    pairs = [(_mirrored(fake.numpy()), their_fake.detach())]
    pairs += [
        (torch.tensor(own.numpy()), other.detach()) for own, other in ((d_loss, their_d_loss), (g_loss, their_g_loss))
    ]
    found = [float((own - other).abs().max() / own.abs().max()) for own, other in pairs]
    for name, of in gradients.items():  # by the largest of the network: a bias before a batch norm has gradient 0
        network = getattr(ours, name)
        largest = max(float(tf.reduce_max(tf.abs(each))) for each in of)
        for variable, own, other in zip(network.trainable_variables, of, their_gradients[name], strict=True):
            converted = torch.from_numpy(_to_torch(variable.path, own.numpy()))
            found.append(float((converted - other).abs().max()) / largest)
    return max(found)


def _over_training(ours: object, theirs: object, images: np.ndarray, labels: np.ndarray) -> float:
    """The largest relative difference of the losses over some train steps on one batch."""
    data = tuple(np.repeat(each[:, None], ours.num_batches_per_step, axis=1) for each in (images, labels))
    largest = 0.0
    for _ in range(NUM_STEPS):
        logs = ours.train_step(data)
        for own, other in zip((logs["d_loss"], logs["g_loss"]), theirs.step(), strict=True):
            largest = max(largest, abs(float(own) - other) / abs(float(own)))
    return largest


def _mirrored(images: np.ndarray) -> "torch.Tensor":  # noqa: F821 - torch is imported in the worker only
    import torch

    return torch.from_numpy(np.ascontiguousarray(images[:, ::-1, ::-1].transpose(0, 3, 1, 2)))


def _copy(network: "keras.Model", module: "torch.nn.Module") -> None:  # noqa: F821
    import torch

    with torch.no_grad():
        for variable, parameter in zip(network.trainable_variables, module.parameters(), strict=True):
            parameter.copy_(torch.from_numpy(_to_torch(variable.path, variable.numpy())))


def _to_torch(path: str, value: np.ndarray) -> np.ndarray:
    """Kernels [k, k, I, O] -> mirrored [O, I, k, k]; of a transposed convolution, [k, k, O, I] -> [I, O, k, k].

    The rows of a linear layer, pixels of 2x2 maps, go from [h, w, c] to [c, h, w], mirrored.
    """
    if value.ndim == 4:
        value = value[::-1, ::-1].transpose(3, 2, 0, 1)
    elif value.ndim == 2 and "logits" in path:
        maps = value.reshape(2, 2, -1, value.shape[-1])[::-1, ::-1]
        value = maps.transpose(3, 2, 0, 1).reshape(value.shape[-1], -1)
    return np.ascontiguousarray(value)
