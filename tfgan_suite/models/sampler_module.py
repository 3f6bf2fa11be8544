"""A GAN's sampling as a `tf.Module` of checked functions: what `models.saved_sampler` writes to disk."""

import functools
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from tfgan_suite.core.images import to_uint8
from tfgan_suite.core.seeds import fold_in, make_seed
from tfgan_suite.models.sampling import LABELS, LATENTS

Tensors = dict[str, tf.Tensor]

INPUTS = {
    "num_images": tf.TensorSpec([], tf.int32, "num_images"),
    "num_steps": tf.TensorSpec([], tf.int32, "num_steps"),
    "seed": tf.TensorSpec([], tf.int64, "seed"),
    "end_seed": tf.TensorSpec([], tf.int64, "end_seed"),
    "sigma": tf.TensorSpec([], tf.float32, "sigma"),
    "label": tf.TensorSpec([], tf.int32, "label"),
    # Of any shape here, since a wrong one is told by our own sentence.
    "labels": tf.TensorSpec(None, tf.int32, "labels"),
    "gaussians": tf.TensorSpec(None, tf.int32, "gaussians"),
    "latents": tf.TensorSpec(None, tf.float32, "latents"),
    "start": tf.TensorSpec(None, tf.float32, "start"),
    "end": tf.TensorSpec(None, tf.float32, "end"),
}
"""What the functions of a sampler take."""


class SamplerModule(tf.Module):
    """A GAN's sampling as functions with signatures; each that makes images has a twin `NAME_uint8`.

    Conditional: `sample`, `sample_class`, `generate`, `interpolate`, `interpolate_latents`, `draw_inputs`, as described
    in `models.sampler_card`. Unconditional: no `sample_class`, and no labels. With a prior made of Gaussians also
    `sample_sigma` and `draw_inputs_sigma`, with a mixture of them `sample_gaussian` and `draw_inputs_gaussian`.

    The weights are copies, and every call is in inference mode (normalisation layers are frozen).

    Args:
        gan: the GAN to draw from.
    """

    def __init__(self, gan: Any) -> None:
        super().__init__(name="sampler")
        self.latent_dim = int(gan.latent_dim)
        self.num_classes = None if gan.num_classes is None else int(gan.num_classes)
        self.spherical = interpolates_on_sphere(gan)
        self.gaussian = gaussian_prior(gan)
        self.num_gaussians = getattr(gan.prior, "num_gaussians", None)
        sources = sampling_variables(gan)
        self.weights = [tf.Variable(source.numpy(), trainable=False) for _, source in sources]
        variables = [variable for variable, _ in sources]

        def with_own_weights(function: Callable) -> Callable:
            def run(*args: Any) -> Any:
                weights = zip(variables, map(tf.convert_to_tensor, self.weights), strict=True)
                with keras.StatelessScope(state_mapping=list(weights)):
                    return function(*args)

            return run

        self._draw_latents = with_own_weights(gan.sample_latents)
        self._draw_labels = with_own_weights(gan.sample_labels)
        self._draw_of_gaussians = with_own_weights(gan.inputs_of_gaussians)
        # Compiled once and called by all others, which keeps the SavedModel small.
        self._images = tf.function(
            with_own_weights(lambda latents, labels=None: gan.generate(latents, labels, training=False)),
            input_signature=[
                tf.TensorSpec([None, self.latent_dim], tf.float32, "latents"),
                *([] if self.num_classes is None else [tf.TensorSpec([None], tf.int32, "labels")]),
            ],
            autograph=False,
        )
        endpoints = self._compiled_endpoints()
        self._names = tuple(endpoints)
        for name, function in endpoints.items():
            setattr(self, name, function)

    @property
    def functions(self) -> dict[str, Any]:
        """The functions by name, to be saved as signatures."""
        return {name: getattr(self, name) for name in self._names}

    def _compiled_endpoints(self) -> dict[str, Any]:
        label, labels = ((), ()) if self.num_classes is None else (("label",), ("labels",))
        endpoints = {
            "sample": (self._sample, ("num_images", "seed")),
            "generate": (self._generate, ("latents", *labels)),
            "interpolate": (self._interpolate, ("seed", "end_seed", "num_steps", *label)),
            "interpolate_latents": (self._interpolate_latents, ("start", "end", "num_steps", *label)),
            "draw_inputs": (self._draw_inputs, ("num_images", "seed")),
        }
        if labels:
            endpoints["sample_class"] = (self._sample_class, ("labels", "seed"))
        if self.gaussian:
            endpoints["sample_sigma"] = (self._sample, ("num_images", "seed", "sigma"))
            endpoints["draw_inputs_sigma"] = (self._draw_inputs, ("num_images", "seed", "sigma"))
        if self.num_gaussians is not None:
            endpoints["sample_gaussian"] = (self._sample_gaussian, ("gaussians", "seed", "sigma"))
            endpoints["draw_inputs_gaussian"] = (self._draw_inputs_gaussian, ("gaussians", "seed", "sigma"))
        compiled = {}
        for name, (function, inputs) in endpoints.items():
            specs = [INPUTS[key] for key in inputs]
            compiled[name] = tf.function(function, specs, autograph=False)
            if not name.startswith("draw_inputs"):
                compiled[f"{name}_uint8"] = tf.function(as_uint8(function, compiled[name]), specs, autograph=False)
        return compiled

    # --- the functions -----------------------------------------------------------------------------------------------

    def _draw_inputs(self, num_images: tf.Tensor, seed: tf.Tensor, sigma: tf.Tensor | None = None) -> Tensors:
        num_images = _at_least(1, num_images=num_images)
        drawn = {"latents": self._latents_of(num_images, seed, *([] if sigma is None else [_above_0(sigma=sigma)]))}
        if self.num_classes is not None:
            drawn["labels"] = self._draw_labels(num_images, fold_in(make_seed(seed), LABELS))
        return drawn

    def _draw_inputs_gaussian(self, gaussians: tf.Tensor, seed: tf.Tensor, sigma: tf.Tensor) -> Tensors:
        gaussians = self._checked_labels(gaussians, "gaussians", self.num_gaussians)
        latents, labels = self._draw_of_gaussians(gaussians, make_seed(seed), _above_0(sigma=sigma))
        latents = tf.ensure_shape(latents, [None, self.latent_dim])
        return {"latents": latents} if labels is None else {"latents": latents, "labels": labels}

    def _sample_gaussian(self, gaussians: tf.Tensor, seed: tf.Tensor, sigma: tf.Tensor) -> Tensors:
        return {"images": self._images(*self._draw_inputs_gaussian(gaussians, seed, sigma).values())}

    def _sample(self, num_images: tf.Tensor, seed: tf.Tensor, sigma: tf.Tensor | None = None) -> Tensors:
        drawn = self._draw_inputs(num_images, seed, sigma)
        return {"images": self._images(*drawn.values()), **{k: v for k, v in drawn.items() if k == "labels"}}

    def _sample_class(self, labels: tf.Tensor, seed: tf.Tensor) -> Tensors:
        labels = self._checked_labels(labels)
        return {"images": self._images(self._latents_of(tf.size(labels), seed), labels)}

    def _generate(self, latents: tf.Tensor, labels: tf.Tensor | None = None) -> Tensors:
        latents = self._checked_latents(latents)
        if labels is None:
            return {"images": self._images(latents)}
        labels = self._checked_labels(labels)
        num_latents, num_labels = tf.shape(latents)[0], tf.size(labels)
        rule = "`labels` must hold one label per row of `latents`. Received: {} labels, {} latents."
        labels = checked(labels, num_latents == num_labels, rule, num_labels, num_latents)
        return {"images": self._images(latents, labels)}

    def _interpolate(
        self, seed: tf.Tensor, end_seed: tf.Tensor, num_steps: tf.Tensor, label: tf.Tensor | None = None
    ) -> Tensors:
        return self._path(self._latents_of(1, seed)[0], self._latents_of(1, end_seed)[0], num_steps, label)

    def _interpolate_latents(
        self, start: tf.Tensor, end: tf.Tensor, num_steps: tf.Tensor, label: tf.Tensor | None = None
    ) -> Tensors:
        return self._path(self._checked_latent("start", start), self._checked_latent("end", end), num_steps, label)

    # --- their parts -------------------------------------------------------------------------------------------------

    def _latents_of(self, num_images: int | tf.Tensor, seed: tf.Tensor, *sigma: tf.Tensor) -> tf.Tensor:
        latents = self._draw_latents(num_images, fold_in(make_seed(seed), LATENTS), *sigma)
        return tf.ensure_shape(latents, [None, self.latent_dim])

    def _path(self, start: tf.Tensor, end: tf.Tensor, num_steps: tf.Tensor, label: tf.Tensor | None) -> Tensors:
        num_steps = _at_least(2, num_steps=num_steps)
        latents = latents_between(start, end, num_steps, self.spherical)
        if label is None:
            return {"images": self._images(latents)}
        return {"images": self._images(latents, tf.fill([num_steps], self._in_range("label", label)))}

    def _checked_labels(self, labels: tf.Tensor, name: str = "labels", count: int | None = None) -> tf.Tensor:
        shape = tf.shape(labels)
        rule = f"`{name}` must have the shape [num_images], num_images at least 1. Received: shape={{}}."
        fits = (tf.size(shape) == 1) & (tf.size(labels) > 0)
        return self._in_range(name, checked(labels, fits, rule, shape, shape=[None]), count)

    def _in_range(self, name: str, labels: tf.Tensor, count: int | None = None) -> tf.Tensor:
        count = self.num_classes if count is None else count
        known = (labels >= 0) & (labels < count)
        rule = f"`{name}` must be in [0, {count}). Received: smallest={{}}, largest={{}}."
        return checked(labels, tf.reduce_all(known), rule, tf.reduce_min(labels), tf.reduce_max(labels))

    def _checked_latents(self, latents: tf.Tensor) -> tf.Tensor:
        shape = tf.shape(latents)
        fits = (tf.size(shape) == 2) & tf.reduce_all(shape[-1:] == self.latent_dim) & (tf.size(latents) > 0)
        rule = f"`latents` must have the shape [num_images, {self.latent_dim}], num_images at least 1."
        return checked(latents, fits, f"{rule} Received: shape={{}}.", shape, shape=[None, self.latent_dim])

    def _checked_latent(self, name: str, latent: tf.Tensor) -> tf.Tensor:
        shape = tf.shape(latent)
        fits = (tf.size(shape) == 1) & tf.reduce_all(shape == self.latent_dim)
        rule = f"`{name}` must have the shape [{self.latent_dim}]. Received: shape={{}}."
        return checked(latent, fits, rule, shape, shape=[self.latent_dim])


def sampling_variables(gan: Any) -> list[tuple[keras.Variable, keras.Variable]]:
    """The variables that sampling reads, each with the one whose value it shall have: its average, or itself."""
    averages = {}
    if gan.averaged_weights is not None:
        trainable = gan.generator.trainable_variables
        averages = {id(v): a for v, a in zip(trainable, gan.averaged_weights.averages, strict=True)}
    variables = [*gan.generator.variables, *getattr(gan.prior, "variables", []), gan.label_probs]
    return [(variable, averages.get(id(variable), variable)) for variable in variables]


def interpolates_on_sphere(gan: Any) -> bool:
    """Whether interpolation is spherical: for normal latents, which lie near a sphere; else it is linear."""
    return gan.latents_are_normal


def gaussian_prior(gan: Any) -> bool:
    """Whether the covariances of the prior can be scaled."""
    return bool(getattr(gan.prior, "gaussian", False))


def latents_between(start: tf.Tensor, end: tf.Tensor, num_steps: tf.Tensor, spherical: bool) -> tf.Tensor:
    """Latents in equal steps from `start` to `end`, both included.

    Spherical: sin((1 - t) w) / sin(w) start + sin(t w) / sin(w) end, with w the angle between the two (White 2016,
    "Sampling Generative Networks"). Where they are parallel or opposite (sin(w) below 1e-4): linear.

    Args:
        start: float32 [d].
        end: float32 [d].
        num_steps: int32 scalar, at least 2.
        spherical: whether to go along the sphere or straight.

    Returns:
        float32 [num_steps, d].
    """
    share = (tf.range(num_steps, dtype=tf.float32) / tf.cast(num_steps - 1, tf.float32))[:, tf.newaxis]
    straight = (1 - share) * start + share * end
    if not spherical:
        return straight
    cosine = tf.reduce_sum(tf.math.l2_normalize(start) * tf.math.l2_normalize(end))
    angle = tf.acos(tf.clip_by_value(cosine, -1.0, 1.0))
    weights = tf.sin((1 - share) * angle), tf.sin(share * angle)
    along = tf.math.divide_no_nan(weights[0] * start + weights[1] * end, tf.sin(angle))
    return tf.where(tf.sin(angle) < 1e-4, straight, along)


def as_uint8(function: Callable[..., Tensors], compiled: Callable[..., Tensors]) -> Callable[..., Tensors]:
    """The twin of `function` whose "images" are pixels in 0..255; `compiled` is that function as a `tf.function`."""

    @functools.wraps(function)  # TensorFlow takes the names of the inputs from the signature
    def with_pixels(*args: tf.Tensor | None) -> Tensors:
        outputs = compiled(*(arg for arg in args if arg is not None))
        return {**outputs, "images": to_uint8(outputs["images"])}

    return with_pixels


def _at_least(minimum: int, **named: tf.Tensor) -> tf.Tensor:
    ((name, value),) = named.items()
    return checked(value, value >= minimum, f"`{name}` must be at least {minimum}. Received: {name}={{}}.", value)


def _above_0(**named: tf.Tensor) -> tf.Tensor:
    ((name, value),) = named.items()
    return checked(value, value > 0, f"`{name}` must be above 0. Received: {name}={{}}.", value)


def checked(
    value: tf.Tensor, condition: tf.Tensor, rule: str, *received: tf.Tensor, shape: list[int | None] | None = None
) -> tf.Tensor:
    """`value`, whose use waits until `condition` was found true; else `InvalidArgumentError` with the rule.

    `shape` is what the condition says of the shape. (`tf.ensure_shape` would be an operation that TensorFlow's
    optimizer puts before the check, whose sentence is then never seen.)
    """
    with tf.control_dependencies([tf.debugging.Assert(condition, [tf.strings.format(rule, received)])]):
        value = tf.identity(value)
    if shape is not None:
        value.set_shape(shape)
    return value
