"""Training heuristics: ways to make a discriminator weaker, so that the generator has something to learn from."""

import contextlib
import dataclasses
from collections.abc import Iterator
from typing import Any, Self

import keras
import tensorflow as tf

from tfgan_suite.core.checks import require, require_in
from tfgan_suite.core.schedules import ExponentialDecay
from tfgan_suite.core.seeds import fold_in
from tfgan_suite.losses.adversarial import ADVERSARIAL_LOSSES, AdversarialLoss
from tfgan_suite.models.execution import rows_of_this_replica
from tfgan_suite.models.sampling import FLIPS

Outputs = dict[str, tf.Tensor]


@keras.saving.register_keras_serializable(package="tfgan_suite")
@dataclasses.dataclass(frozen=True)
class Heuristics:
    """What `GAN.compile(heuristics=...)` takes (ModNet thesis, section 2.4.1; Salimans et al. 2016, section 3.4).

    The thesis' remaining heuristic, several generator steps for each of the discriminator, is `num_generator_steps` of
    the model. Without arguments nothing is changed. Steps are train steps.

    Args:
        real_target: one-sided label smoothing: the discriminator's target of real images, in (0, 1]; Salimans et al.
            take 0.9. That of generated images stays 0, as a smoothed one would hold the generator where it is.
        flip_probability: label flipping: in each discriminator step each real image's target is, with this
            probability, that of a generated one; in [0, 1). "Noise to the positive target labels", says the thesis:
            targets of generated images are not flipped.
        input_noise: standard deviation of Gaussian noise on all that the discriminator sees, real and generated, in
            its own steps and the generator's, over steps; an `ExponentialDecay`, or a number that holds. The images
            may leave [-1, 1] by it. Penalties are taken at the noisy images.
        frozen_layers: names of layers of the discriminator whose weights stay, bit for bit, as they are...
        frozen_steps: ...for this many steps. Moving statistics of their batch norms, and the optimizer's moments, go
            on meanwhile, so that the first step after it is of the usual size.

    Raises:
        ValueError: a number out of its range, frozen layers without steps or steps without layers.
    """

    real_target: float = 1.0
    flip_probability: float = 0.0
    input_noise: ExponentialDecay | float | None = None
    frozen_layers: tuple[str, ...] = ()
    frozen_steps: int = 0

    def __post_init__(self) -> None:
        require(0 < self.real_target <= 1, "`real_target` must be in (0, 1]", real_target=self.real_target)
        require(
            0 <= self.flip_probability < 1,
            "`flip_probability` must be in [0, 1)",
            flip_probability=self.flip_probability,
        )
        require(
            not isinstance(self.frozen_layers, str),
            "`frozen_layers` must be a sequence of names",
            frozen_layers=self.frozen_layers,
        )
        object.__setattr__(self, "frozen_layers", tuple(self.frozen_layers))
        if isinstance(self.input_noise, int | float):
            constant = ExponentialDecay(self.input_noise, half_life_steps=float("inf"))
            object.__setattr__(self, "input_noise", constant if self.input_noise else None)
        require(
            self.input_noise is None or isinstance(self.input_noise, ExponentialDecay),
            "`input_noise` must be a number or an `ExponentialDecay`",
            input_noise=self.input_noise,
        )
        require(
            self.frozen_steps >= 0 and bool(self.frozen_layers) == bool(self.frozen_steps),
            "`frozen_layers` and `frozen_steps` belong together",
            frozen_layers=self.frozen_layers,
            frozen_steps=self.frozen_steps,
        )

    @property
    def changes_targets(self) -> bool:
        """Whether real images have other targets than 1."""
        return self.real_target < 1 or self.flip_probability > 0

    def check(self, loss: AdversarialLoss, discriminator: keras.Model, learns_loss: bool) -> None:
        """Refuses what does not go with the loss or the discriminator of a model.

        Args:
            loss: the model's.
            discriminator: the model's.
            learns_loss: whether the discriminator learns `loss` at all.

        Raises:
            ValueError: other targets for a loss that has none, or a layer that the discriminator lacks or that has
                nothing to train.
        """
        require(
            not self.changes_targets or (learns_loss and loss.target_loss is not None),
            "`real_target` and `flip_probability` are for an adversarial loss with targets",
            "Those are " + ", ".join(name for name, each in ADVERSARIAL_LOSSES.items() if each.target_loss) + ".",
            adversarial_loss=loss.name if learns_loss else "the model's own",
            real_target=self.real_target,
            flip_probability=self.flip_probability,
        )
        for name in self.frozen_layers:
            require_in([layer.name for layer in discriminator.layers if layer.trainable_variables], frozen_layers=name)

    def noisy(self, images: tf.Tensor, step: Any, seed: tf.Tensor, purpose: int) -> tf.Tensor:
        """What the discriminator sees of images float [N, ...] at a step."""
        if self.input_noise is None:
            return images
        shape = images.shape[1:]

        def draw(num_rows: Any) -> tf.Tensor:
            return tf.random.stateless_normal([num_rows, *shape], fold_in(seed, purpose), alg="philox")

        noise = rows_of_this_replica(tf.shape(images)[0], draw)
        return images + tf.cast(self.input_noise(tf.convert_to_tensor(step)) * noise, images.dtype)

    def with_targets(self, real: Outputs, seed: tf.Tensor) -> Outputs:
        """The discriminator's outputs on real images, with "targets" float32 [N] beside "logits" if there are any."""
        if not self.changes_targets:
            return real
        num_logits = tf.shape(real["logits"])[0]
        targets = tf.fill([num_logits], float(self.real_target))
        if self.flip_probability:
            draws = rows_of_this_replica(
                num_logits, lambda num: tf.random.stateless_uniform([num], fold_in(seed, FLIPS), alg="philox")
            )
            targets = tf.where(draws < self.flip_probability, 0.0, targets)
        return {**real, "targets": targets}

    @contextlib.contextmanager
    def freezing(self, discriminator: keras.Model, step: Any) -> Iterator[None]:
        """Around an update of the discriminator: gives the frozen layers their weights back while they are frozen."""
        layers = [discriminator.get_layer(name) for name in self.frozen_layers]
        variables = [variable.value for layer in layers for variable in layer.trainable_variables]
        before = [tf.identity(variable) for variable in variables]
        yield
        if not variables:
            return
        frozen = tf.convert_to_tensor(step) < self.frozen_steps
        kept = [tf.where(frozen, old, variable) for old, variable in zip(before, variables, strict=True)]
        tf.__internal__.distribute.interim.maybe_merge_call(
            _assign_all, tf.distribute.get_strategy(), list(zip(variables, kept, strict=True))
        )

    def get_config(self) -> dict[str, Any]:
        noise = None if self.input_noise is None else dataclasses.asdict(self.input_noise)
        return {**dataclasses.asdict(self), "input_noise": noise, "frozen_layers": list(self.frozen_layers)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        noise = config["input_noise"]
        return cls(**{**config, "input_noise": None if noise is None else ExponentialDecay(**noise)})


def _assign_all(strategy: tf.distribute.Strategy, pairs: list[tuple[tf.Variable, tf.Tensor]]) -> None:
    # As Keras' optimizers do: an assignment by a single replica is refused for variables that replicas share.
    for variable, value in pairs:
        strategy.extended.update(variable, lambda var, new: var.assign(new), args=(value,), group=False)
