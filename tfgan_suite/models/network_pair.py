"""A generator and a discriminator as one Keras model: built, fed, sampled and saved, without a rule of training."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Self

import keras
import numpy as np
import tensorflow as tf

from tfgan_suite.core.checks import require, require_in, require_positive
from tfgan_suite.core.labels import require_known
from tfgan_suite.core.seeds import make_seed
from tfgan_suite.layers.priors import get_prior
from tfgan_suite.models.averaging import AveragedWeights
from tfgan_suite.models.execution import for_executions
from tfgan_suite.models.network_checks import check_element, check_example_ids, check_networks, count_labels
from tfgan_suite.models.sampling import Sampling
from tfgan_suite.models.saved_sampler import export_sampler
from tfgan_suite.models.training_data import TrainingData, training_data

Outputs = dict[str, tf.Tensor]


class NetworkPair(Sampling, keras.Model):
    """What every GAN has before a paper says how it learns: two networks, a prior, labels, and a step counter.

    Args:
        generator: `keras.Model` from latents [N, d], or [latents, labels] if conditional, to float32 images.
        discriminator: `keras.Model` from images, or [images, labels], to logits [N, 1], to one logit per class [N, K]
            (the label picks), or to a dict with "logits" and, for an auxiliary classifier, "class_logits" [N, K].
        prior: distribution of the latents: a prior layer, or "normal" or "uniform".
        num_classes: number of labels; None for an unconditional GAN.
        label_distribution: labels of generated images are drawn as in the data ("empirical") or "uniform".
        num_discriminator_steps: discriminator steps in a train step.
        num_generator_steps: generator steps after them. Wherever steps are counted (epochs, schedules, checkpoints), a
            train step is one.
        average_decay: if given, an exponential moving average of the generator's weights is kept with this decay per
            step, and samples are drawn from it.
        num_examples: if given, training batches bring example ids in [0, num_examples) instead of labels, and each
            label is looked up in `example_labels`, a part of the model's state, at the step that uses it. So labels may
            change while training (`callbacks.Recluster`), and a resumed run still is the uninterrupted one.
        seed: of all noise in training.

    Raises:
        ValueError: networks that do not fit each other, or an argument out of its range.
    """

    _draw: Any = None  # makes the examples of a step inside of it; see `data.ResidentBatches`

    # Whether a conditional GAN of this kind learns labels of real images; False where its labels are its own invention.
    needs_labels = True

    # Whether a generator step reads a real batch of its own.
    generator_sees_images = False

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        *,
        prior: Any = "normal",
        num_classes: int | None = None,
        label_distribution: Literal["empirical", "uniform"] = "empirical",
        num_discriminator_steps: int = 1,
        num_generator_steps: int = 1,
        average_decay: float | None = None,
        num_examples: int | None = None,
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        require_positive(num_discriminator_steps=num_discriminator_steps, num_generator_steps=num_generator_steps)
        require_in(("empirical", "uniform"), label_distribution=label_distribution)
        require(
            average_decay is None or 0 <= average_decay < 1,
            "`average_decay` must be in [0, 1)",
            average_decay=average_decay,
        )
        require(
            num_examples is None or (num_classes is not None and num_examples >= 1),
            "`num_examples` must be at least 1 and belongs to a conditional GAN",
            num_examples=num_examples,
            num_classes=num_classes,
        )
        self.generator = generator
        self.discriminator = discriminator
        self.latent_dim = generator.inputs[0].shape[-1]
        self.prior = get_prior(prior, self.latent_dim)
        self.num_classes = num_classes
        self.label_distribution = label_distribution
        self.num_discriminator_steps = num_discriminator_steps
        self.num_generator_steps = num_generator_steps
        self.average_decay = average_decay
        self.seed = seed
        self.check_networks()
        self.num_steps = self.add_weight(
            name="num_steps", dtype="int64", initializer="zeros", trainable=False, aggregation="only_first_replica"
        )
        self.noise_seed = self.add_weight(
            name="noise_seed",
            shape=(2,),
            dtype="int32",
            initializer="zeros",
            trainable=False,
            aggregation="only_first_replica",
        )
        self.noise_seed.assign(make_seed(seed))
        self.label_probs = self.add_weight(
            name="label_probs",
            shape=(num_classes or 1,),
            initializer=keras.initializers.Constant(1 / (num_classes or 1)),
            trainable=False,
        )
        self.num_examples = num_examples
        self.example_labels = None
        if num_examples is not None:
            self.example_labels = self.add_weight(
                name="example_labels",
                shape=(num_examples,),
                dtype="int32",
                initializer="zeros",
                trainable=False,
                aggregation="only_first_replica",
            )
        self.averaged_weights = None if average_decay is None else AveragedWeights(generator, average_decay)
        self.built = True

    def check_networks(self) -> None:
        """Raises `ValueError` unless the networks fit each other; a subclass adds what it needs."""
        check_networks(self.generator, self.discriminator, self.num_classes)

    def call(self, inputs: Any, training: bool = False) -> tf.Tensor:
        """Images from latents [N, d], or from [latents, labels]; what `predict` runs."""
        latents, labels = inputs if isinstance(inputs, list | tuple) else (inputs, None)
        if self.averaged_weights is not None and not training:
            return self.averaged_weights(self._generator_inputs(latents, labels))
        return self.generate(latents, labels, training)

    @property
    def generator_variables(self) -> list[keras.Variable]:
        """What the generator's step trains: its weights, and those of a prior that learns."""
        return [*self.generator.trainable_variables, *getattr(self.prior, "trainable_variables", [])]

    @property
    def num_batches_per_step(self) -> int:
        """Real batches that a train step reads."""
        return self.num_discriminator_steps + self.generator_sees_images * self.num_generator_steps

    @property
    def num_real_classes(self) -> int | None:
        """The number of labels of real images; that of generated ones, unless a subclass has other ones for these."""
        return self.num_classes

    def export(self, path: str | os.PathLike, card: Mapping[str, Any] | None = None) -> Path:
        """Writes a sampler as a plain SavedModel with a card and a README; see `saved_sampler.export_sampler`."""
        return export_sampler(self, path, card)

    def generate(self, latents: tf.Tensor, labels: tf.Tensor | None, training: bool) -> tf.Tensor:
        """Images of the generator, float32 [N, H, W, C]."""
        return self.generator(self._generator_inputs(latents, labels), training=training)

    def discriminate(self, images: tf.Tensor, labels: tf.Tensor | None, training: bool) -> Outputs:
        """Outputs of the discriminator: "logits" [N] (the label's own if there is one per class), and others."""
        inputs = images if len(self.discriminator.inputs) == 1 else [images, labels]
        outputs = self.discriminator(inputs, training=training)
        if not isinstance(outputs, dict):
            outputs = {"logits": outputs}
        logits = outputs["logits"]
        picked = logits[:, 0] if logits.shape[-1] == 1 else tf.gather(logits, labels, axis=1, batch_dims=1)
        return {**outputs, "logits": picked}

    def fit(self, x: Any = None, y: Any = None, *, batch_size: int | None = None, **kwargs: Any) -> Any:
        """Trains, as `keras.Model.fit` does; an epoch's length counts generator steps.

        Args:
            x: `TrainingBatches` or `ResidentBatches` of `tfgan_suite.data`, a `tf.data.Dataset` of batches (images, or
                images and labels), or an array of images, float32 [N, H, W, C] in [-1, 1].
            y: labels beside an array, int [N].
            batch_size: for arrays: images per discriminator step (default 64).
            **kwargs: `epochs`, `steps_per_epoch` (generator steps), `callbacks`, `verbose`, `initial_epoch`.

        Raises:
            ValueError: fewer images than a batch, images of another shape than the generator's, labels missing or out
                of range (batches of a data set are not looked into), `steps_per_epoch` no multiple of the
                `steps_per_execution` of `compile`.
        """
        data = training_data(
            x,
            y,
            batch_size=batch_size,
            steps_per_epoch=kwargs.pop("steps_per_epoch", None),
            num_batches=self.num_batches_per_step,
            first_step=int(self.num_steps.numpy()),
            seed=self.seed,
        )
        labelled = self.num_real_classes is not None and self.needs_labels
        require(
            data.draw is None or self.distribute_strategy.num_replicas_in_sync == 1,
            "Batches that are drawn in the training step are for one device",
            "Give `TrainingBatches` to a model on several replicas.",
            num_replicas=self.distribute_strategy.num_replicas_in_sync,
        )
        self._draw = data.draw
        check_element(
            data.element_spec(self.num_batches_per_step),
            self.generator.output_shape[1:],
            self.num_real_classes if labelled else None,
        )
        require(
            (data.steps_per_epoch or 0) % self.steps_per_execution == 0,
            "`steps_per_epoch` must be a multiple of `steps_per_execution`",
            steps_per_epoch=data.steps_per_epoch,
            steps_per_execution=self.steps_per_execution,
        )
        if self.num_examples is not None:
            check_example_ids(x, self.num_examples)
        elif labelled:
            counts = getattr(x, "label_counts", None) if y is None else count_labels(y, self.num_real_classes)
            if counts is not None:
                require_known(labels=np.flatnonzero(counts), num_classes=self.num_real_classes)
                self.set_label_counts(counts)
        self.prepare(data)
        dataset = for_executions(self, data.dataset)
        return super().fit(dataset, steps_per_epoch=data.steps_per_epoch, shuffle=False, **kwargs)

    def prepare(self, data: TrainingData) -> None:
        """What `fit` does with its data, checked, before it trains: nothing, unless a subclass has to."""

    def set_label_counts(self, counts: Sequence[int] | np.ndarray) -> None:
        """Makes labels of generated images follow `counts` [num_classes], unless `label_distribution` is "uniform"."""
        counts = np.asarray(counts, np.float64)
        require(
            counts.shape == (self.num_classes,) and counts.sum() > 0 and (counts >= 0).all(),
            "`counts` must hold one count of at least 0 per class, not all 0",
            "Give the model the number of classes that the data has.",
            counts_shape=counts.shape,
            num_classes=self.num_classes,
        )
        if self.label_distribution == "empirical":
            self.label_probs.assign(counts / counts.sum())

    def set_example_labels(self, labels: np.ndarray) -> None:
        """Gives every training example a label, from the next step on; labels of generated images follow their counts.

        Args:
            labels: ints [num_examples] in [0, num_classes).

        Raises:
            ValueError: the model was made without `num_examples`, or labels of a wrong shape, type or range.
        """
        require(
            self.num_examples is not None and len(labels) == self.num_examples,
            "`labels` must have one label for each of the model's `num_examples`",
            num_labels=len(labels),
            num_examples=self.num_examples,
        )
        self.set_label_counts(count_labels(labels, self.num_classes))
        self.example_labels.assign(np.asarray(labels, np.int32))

    def get_config(self) -> dict[str, Any]:
        serialize = keras.saving.serialize_keras_object
        return {
            "name": self.name,
            "dtype": serialize(self.dtype_policy),
            "generator": serialize(self.generator),
            "discriminator": serialize(self.discriminator),
            "prior": serialize(self.prior),
            "num_classes": self.num_classes,
            "label_distribution": self.label_distribution,
            "num_discriminator_steps": self.num_discriminator_steps,
            "num_generator_steps": self.num_generator_steps,
            "average_decay": self.average_decay,
            "num_examples": self.num_examples,
            "seed": self.seed,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        parts = ("dtype", "generator", "discriminator", "prior")
        built = {part: keras.saving.deserialize_keras_object(config[part]) for part in parts}
        return cls(**{**config, **built})

    def _maybe_symbolic_build(self, iterator: Any = None, data_batch: Any = None) -> None:
        """Nothing to do: every variable exists after `__init__` and `compile` (see `execution.py`)."""

    def _generator_inputs(self, latents: tf.Tensor, labels: tf.Tensor | None) -> Any:
        return latents if len(self.generator.inputs) == 1 else [latents, labels]
