"""The GAN base: alternating discriminator and generator steps, with a hook for every idea of a paper."""

from typing import Any

import keras
import tensorflow as tf

from tfgan_suite.core.checks import require, require_positive_finite, require_weight
from tfgan_suite.core.seeds import fold_in
from tfgan_suite.layers.noise import noise_stream
from tfgan_suite.losses.adversarial import AdversarialLoss, get_adversarial_loss
from tfgan_suite.losses.penalties import gradient_penalty, l2_penalty, r1_penalty
from tfgan_suite.models.execution import make_execution, rows_of_this_replica
from tfgan_suite.models.heuristics import Heuristics
from tfgan_suite.models.network_checks import check_second_order
from tfgan_suite.models.network_pair import NetworkPair, Outputs
from tfgan_suite.models.sampling import FAKE_NOISE, LABELS, LATENTS, MIXING, REAL_NOISE

Logs = dict[str, tf.Tensor]


def adam(learning_rate: Any, beta_1: float, beta_2: float) -> keras.optimizers.Adam:
    """Adam with the epsilon of the TensorFlow 1 and PyTorch originals (1e-8; Keras' own default is 1e-7).

    Args:
        learning_rate: a number above 0, or a schedule of Keras.
        beta_1: decay of the mean, in [0, 1).
        beta_2: decay of the mean square, in [0, 1).

    Raises:
        ValueError: a number out of its range.
    """
    if not isinstance(learning_rate, keras.optimizers.schedules.LearningRateSchedule):
        require_positive_finite(learning_rate=learning_rate)
    for name, beta in (("beta_1", beta_1), ("beta_2", beta_2)):
        require(0 <= beta < 1, f"`{name}` must be in [0, 1)", **{name: beta})
    return keras.optimizers.Adam(learning_rate, beta_1=beta_1, beta_2=beta_2, epsilon=1e-8)


def adam_pair(
    learning_rate: float, discriminator_learning_rate: float | None, beta_1: float, beta_2: float
) -> list[keras.optimizers.Adam]:
    """`adam` for the generator and for the discriminator; None: it has the generator's rate."""
    of_discriminator = learning_rate if discriminator_learning_rate is None else discriminator_learning_rate
    return [adam(rate, beta_1, beta_2) for rate in (learning_rate, of_discriminator)]


@keras.saving.register_keras_serializable(package="tfgan_suite")
class GAN(NetworkPair):
    """A generative adversarial network (Goodfellow et al. 2014), trained by alternating steps.

    One `train_step` is `num_discriminator_steps` discriminator steps, each on a fresh real batch, then
    `num_generator_steps` generator steps (one unless told otherwise). What a paper changes is a method here:
    `sample_latents`, `sample_labels`, `discriminator_loss`, `generator_loss`, `penalty`. All noise is a pure function
    of (`seed`, `num_steps`, purpose).

    Its arguments are those of `NetworkPair`.
    """

    _trackers: dict[str, keras.metrics.Mean]
    _compiled_draw: Any = None  # what the training program was compiled with

    # Whether `discriminator_loss` is that of `adversarial_loss`, so that its targets can be changed.
    learns_adversarial_loss = True

    # --- what a paper's model replaces -------------------------------------------------------------------------------

    def compile(
        self,
        generator_optimizer: keras.optimizers.Optimizer | None = None,
        discriminator_optimizer: keras.optimizers.Optimizer | None = None,
        *,
        adversarial_loss: str | AdversarialLoss = "non_saturating",
        gradient_penalty_weight: float = 0.0,
        r1_weight: float = 0.0,
        l2_weight: float = 0.0,
        generator_batch_size: int | None = None,
        heuristics: Heuristics | None = None,
        jit_compile: bool = False,
        steps_per_execution: int = 1,
        run_eagerly: bool = False,
    ) -> None:
        """Sets the training rule.

        Args:
            generator_optimizer, discriminator_optimizer: default `default_optimizer()`.
            adversarial_loss: an `AdversarialLoss` or one of `losses.ADVERSARIAL_LOSSES`.
            gradient_penalty_weight: of the gradient penalty (Gulrajani et al. 2017, eq. 3); 0 leaves it out.
            r1_weight: of the R1 penalty on real images, mean squared gradient norm, without the factor 1/2.
            l2_weight: of the sum of squared weights, for both networks.
            generator_batch_size: images of the generator's step, over all replicas; None: as many as of the
                discriminator's.
            heuristics: label smoothing and flipping, noise on images, frozen layers; None: none of them.
            jit_compile: XLA. Off unless asked for: convolutions on a CPU lose by it, small dense networks gain.
            steps_per_execution: train steps per call of the compiled function.
            run_eagerly: run without compilation, for debugging.

        Raises:
            ValueError: an unknown loss, a weight that is negative or not finite, a penalty on gradients with a layer
                whose second-order gradients are wrong, a `generator_batch_size` that the replicas cannot share, or
                heuristics that do not go with the loss.
        """
        require_weight(gradient_penalty_weight=gradient_penalty_weight, r1_weight=r1_weight, l2_weight=l2_weight)
        num_replicas = self.distribute_strategy.num_replicas_in_sync
        require(
            generator_batch_size is None or (generator_batch_size >= 1 and generator_batch_size % num_replicas == 0),
            "`generator_batch_size` must be a multiple of the number of replicas",
            generator_batch_size=generator_batch_size,
            num_replicas=num_replicas,
        )
        if gradient_penalty_weight or r1_weight:
            check_second_order(self.discriminator)
        adversarial_loss, heuristics = get_adversarial_loss(adversarial_loss), heuristics or Heuristics()
        heuristics.check(adversarial_loss, self.discriminator, self.learns_adversarial_loss)
        super().compile(
            optimizer=None, jit_compile=jit_compile, steps_per_execution=steps_per_execution, run_eagerly=run_eagerly
        )
        self.generator_optimizer = generator_optimizer or self.default_optimizer()
        self.discriminator_optimizer = discriminator_optimizer or self.default_optimizer()
        self.generator_optimizer.build(self.generator_variables)
        self.discriminator_optimizer.build(self.discriminator.trainable_variables)
        self.adversarial_loss, self.heuristics = adversarial_loss, heuristics
        self.gradient_penalty_weight = gradient_penalty_weight
        self.r1_weight = r1_weight
        self.l2_weight = l2_weight
        self.generator_batch_size = generator_batch_size
        self._trackers = {key: keras.metrics.Mean(name=key) for key in self.log_keys()}

    def default_optimizer(self) -> keras.optimizers.Optimizer:
        """The optimizer of each network unless one is given; DCGAN's Adam here."""
        return adam(2e-4, 0.5, 0.999)

    def log_keys(self) -> list[str]:
        """Names of the values that a train step logs."""
        penalties = {
            "gradient_penalty": self.gradient_penalty_weight,
            "r1_penalty": self.r1_weight,
            "l2_penalty": self.l2_weight,
        }
        wasserstein = ["wasserstein_estimate"] if self.adversarial_loss.name == "wasserstein" else []
        return ["d_loss", "g_loss", *wasserstein, *(key for key, weight in penalties.items() if weight)]

    def discriminator_loss(
        self, real: Outputs, fake: Outputs, real_labels: tf.Tensor | None, fake_labels: tf.Tensor | None
    ) -> tuple[tf.Tensor, Logs]:
        """Loss of the discriminator from its outputs, without penalties; and what of it is logged."""
        if "targets" in real:
            target_loss = self.adversarial_loss.target_loss
            return target_loss(real["logits"], real["targets"]) + target_loss(fake["logits"], 0.0), {}
        loss = self.adversarial_loss.discriminator_loss(real["logits"], fake["logits"])
        return loss, {"wasserstein_estimate": -loss} if self.adversarial_loss.name == "wasserstein" else {}

    def generator_loss(self, fake: Outputs, fake_labels: tf.Tensor | None) -> tuple[tf.Tensor, Logs]:
        """Loss of the generator from the discriminator's outputs on its images; and what of it is logged."""
        return self.adversarial_loss.generator_loss(fake["logits"]), {}

    def penalty(
        self, real_images: tf.Tensor, fake_images: tf.Tensor, labels: tf.Tensor | None, seed: tf.Tensor
    ) -> tuple[tf.Tensor, Logs]:
        """Weighted sum of the discriminator's penalties; each is logged unweighted."""

        def critic(images: tf.Tensor) -> tf.Tensor:
            return self.discriminate(images, labels, training=True)["logits"]

        total, logs = tf.constant(0.0), {}
        if self.gradient_penalty_weight:
            mixing = rows_of_this_replica(
                tf.shape(real_images)[0], lambda num: tf.random.stateless_uniform([num], seed, alg="philox")
            )
            logs["gradient_penalty"] = gradient_penalty(critic, real_images, fake_images, mixing)
            total += self.gradient_penalty_weight * logs["gradient_penalty"]
        if self.r1_weight:
            logs["r1_penalty"] = r1_penalty(critic, real_images)
            total += self.r1_weight * logs["r1_penalty"]
        if self.l2_weight:
            logs["l2_penalty"] = l2_penalty(self.discriminator.trainable_variables)
            total += self.l2_weight * logs["l2_penalty"]
        return total, logs

    # --- one step ----------------------------------------------------------------------------------------------------

    def train_step(self, data: Any) -> Logs:
        """`num_discriminator_steps` discriminator steps, then `num_generator_steps` generator steps.

        Args:
            data: images [B, n, H, W, C], or (images, labels [B, n]), with n = `num_batches_per_step`; `fit` makes
                these from batches.
        """
        images, labels = self._unpack(data)
        seed = fold_in(tf.convert_to_tensor(self.noise_seed), self.num_steps)
        batch_size = tf.shape(images)[0]
        if self.generator_batch_size is not None:
            batch_size = self.generator_batch_size // self.distribute_strategy.num_replicas_in_sync
        for index in range(self.num_discriminator_steps):
            batch_labels = None if labels is None else labels[:, index]
            logs = self.discriminator_step(images[:, index], batch_labels, fold_in(seed, index))
        for index in range(self.num_discriminator_steps, self.num_discriminator_steps + self.num_generator_steps):
            real_images = images[:, index] if self.generator_sees_images else None
            logs = logs | self.generator_step(batch_size, fold_in(seed, index), real_images)
        if self.averaged_weights is not None:
            self.averaged_weights.update()
        self.num_steps.assign_add(1)
        for key, value in logs.items():
            self._trackers[key].update_state(value)
        return logs

    def discriminator_step(self, real_images: tf.Tensor, real_labels: tf.Tensor | None, seed: tf.Tensor) -> Logs:
        """One update of the discriminator on a real batch and as many generated images."""
        fake_images, fake_labels = self._fake_batch(tf.shape(real_images)[0], seed)
        real_images = self.heuristics.noisy(real_images, self.num_steps, seed, REAL_NOISE)
        fake_images = self.heuristics.noisy(fake_images, self.num_steps, seed, FAKE_NOISE)
        with noise_stream(seed, rows_of_this_replica), tf.GradientTape() as tape:
            real = self.discriminate(real_images, real_labels, training=True)
            real = self.heuristics.with_targets(real, seed)
            fake = self.discriminate(fake_images, fake_labels, training=True)
            loss, logs = self.discriminator_loss(real, fake, real_labels, fake_labels)
            penalty, penalty_logs = self.penalty(real_images, fake_images, real_labels, fold_in(seed, MIXING))
            loss += penalty
        with self.heuristics.freezing(self.discriminator, self.num_steps):
            self._apply(tape, loss, self.discriminator.trainable_variables, self.discriminator_optimizer)
        return {"d_loss": loss, **logs, **penalty_logs}

    def generator_step(self, batch_size: tf.Tensor, seed: tf.Tensor, real_images: tf.Tensor | None = None) -> Logs:
        """One update of the generator on a fresh batch of its images; `real_images` if `generator_sees_images`."""
        with noise_stream(seed, rows_of_this_replica), tf.GradientTape() as tape:
            fake_images, fake_labels = self._fake_batch(batch_size, seed)
            fake_images = self.heuristics.noisy(fake_images, self.num_steps, seed, FAKE_NOISE)
            fake = self.discriminate(fake_images, fake_labels, training=True)
            loss, logs = self.generator_loss(fake, fake_labels)
            if self.l2_weight:
                loss += self.l2_weight * l2_penalty(self.generator.trainable_variables)
        self._apply(tape, loss, self.generator_variables, self.generator_optimizer)
        return {"g_loss": loss, **logs}

    def _fake_batch(self, batch_size: tf.Tensor, seed: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor | None]:
        latents = rows_of_this_replica(batch_size, lambda num: self.sample_latents(num, fold_in(seed, LATENTS)))
        labels = None
        if self.num_classes is not None:
            labels = rows_of_this_replica(batch_size, lambda num: self.sample_labels(num, fold_in(seed, LABELS)))
        return self.generate(latents, labels, training=True), labels

    def _apply(
        self,
        tape: tf.GradientTape,
        loss: tf.Tensor,
        variables: list[keras.Variable],
        optimizer: keras.optimizers.Optimizer,
    ) -> None:
        """Updates `variables`. Replicas' gradients are summed by the optimizer, hence the mean over replicas here."""
        num_replicas = tf.distribute.get_strategy().num_replicas_in_sync
        gradients = tape.gradient(loss, variables)
        unused = [variable.path for variable, gradient in zip(variables, gradients, strict=True) if gradient is None]
        require(
            not unused,
            "Every weight of a network must have a part in its loss",
            "Take the outputs that no loss uses out of the network, or freeze their layers.",
            without_gradient=unused,
        )
        # The gradient of an embedding is a set of index slices, which cannot be divided.
        optimizer.apply([tf.convert_to_tensor(gradient) / num_replicas for gradient in gradients], variables)

    def _unpack(self, data: Any) -> tuple[tf.Tensor, tf.Tensor | None]:
        images, labels = data if isinstance(data, tuple) else (data, None)
        if self.example_labels is not None:
            labels = tf.gather(self.example_labels, labels)  # by example ids
        return images, labels if self.num_real_classes is not None and self.needs_labels else None

    # What `compile` was given, by name; a subclass with more arguments adds their names.
    compile_arguments = (
        "generator_optimizer",
        "discriminator_optimizer",
        "adversarial_loss",
        "gradient_penalty_weight",
        "r1_weight",
        "l2_weight",
        "generator_batch_size",
        "heuristics",
        "jit_compile",
        "steps_per_execution",
        "run_eagerly",
    )

    def get_compile_config(self) -> dict[str, Any] | None:
        if not self.compiled:
            return None
        values = {name: getattr(self, name) for name in self.compile_arguments}
        values["adversarial_loss"] = self.adversarial_loss.name
        return {name: keras.saving.serialize_keras_object(value) for name, value in values.items()}

    def compile_from_config(self, config: dict[str, Any]) -> None:
        self.compile(**{name: keras.saving.deserialize_keras_object(value) for name, value in config.items()})

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        return list(self._trackers.values()) if self.compiled else []

    def make_train_function(self, force: bool = False) -> None:
        if self.train_function is None or force or self._compiled_draw is not self._draw:
            self._compiled_draw = draw = self._draw

            def draw_and_train(element: Any) -> Logs:
                return self.train_step(draw(element, self.num_batches_per_step))

            self.train_function = make_execution(self, self.train_step if draw is None else draw_and_train)
