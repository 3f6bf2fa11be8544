"""Annealed chains of latents under a decoder with Gaussian noise, moved by Hamiltonian Monte Carlo in TensorFlow."""

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.special

from tfgan_suite.core.checks import require, require_positive, require_rank

Decoder = Callable[[Any], Any]  # tensor [B, latent_dims] -> tensor [B, ...] of D values per row


@dataclasses.dataclass(frozen=True)
class HMCSettings:
    """Hamiltonian Monte Carlo transitions; the defaults are those of Wu et al.'s code.

    Attributes:
        num_leapfrog_steps: per transition.
        initial_step_size: at the first temperature.
        target_acceptance: after each transition a point's step size grows or shrinks by a factor, as the moving
            average of its chains' acceptance lies above or below this share. None keeps `initial_step_size`, and the
            mean weight exactly unbiased.
        step_size_factors: (growth, shrinkage).
        step_size_bounds: (smallest, largest).
        acceptance_decay: of the moving average, in [0, 1).
    """

    num_leapfrog_steps: int = 10
    initial_step_size: float = 0.01
    target_acceptance: float | None = 0.65
    step_size_factors: tuple[float, float] = (1.02, 0.98)
    step_size_bounds: tuple[float, float] = (1e-4, 0.5)
    acceptance_decay: float = 0.9


DEFAULT_HMC = HMCSettings()


def sigmoid_schedule(num_betas: int, radius: float = 4.0) -> np.ndarray:
    """Inverse temperatures from 0 to 1, densest at both ends: float64 [num_betas].

    The schedule of Wu et al. (2017)'s code: the logistic function at evenly spaced places of [-radius, radius],
    shifted and scaled to [0, 1].

    Raises:
        ValueError: fewer than two betas, or `radius` not above 0.
    """
    require(num_betas >= 2, "`num_betas` must be at least 2", num_betas=num_betas)
    require_positive(radius=radius)
    values = scipy.special.expit(np.linspace(-radius, radius, num_betas))
    return (values - values[0]) / (values[-1] - values[0])


def _checked_betas(betas: np.ndarray | None) -> np.ndarray:
    betas = sigmoid_schedule(10_000) if betas is None else np.asarray(betas, np.float64)
    require_rank(1, betas=betas)
    require(
        betas.size >= 2 and betas[0] == 0 and betas[-1] == 1 and bool((np.diff(betas) > 0).all()),
        "`betas` must ascend from 0 to 1",
        num_betas=betas.size,
        first=betas[:3].tolist(),
        last=betas[-3:].tolist(),
    )
    return betas


class Annealer:
    """Chains for blocks of points; `ais.annealed_log_likelihood` says what they compute.

    Row c * n + i of a tensor [C * n, ...] belongs to chain c of point i.
    """

    def __init__(
        self,
        decoder: Decoder,
        latent_dims: int,
        variance: float,
        seed: int,
        num_chains: int,
        betas: np.ndarray | None,
        hmc: HMCSettings,
        decoder_dtype: str,
    ) -> None:
        import tensorflow as tf

        require_positive(latent_dims=latent_dims, variance=variance, num_chains=num_chains)
        require_positive(num_leapfrog_steps=hmc.num_leapfrog_steps, initial_step_size=hmc.initial_step_size)
        self.decoder, self.latent_dims, self.variance = decoder, latent_dims, variance
        self.num_chains, self.betas, self.hmc = num_chains, _checked_betas(betas), hmc
        self.decoder_dtype = decoder_dtype
        self.random = tf.random.Generator.from_seed(seed)
        self.compiled = tf.function(self.anneal)

    def checked(self, points: np.ndarray) -> np.ndarray:
        """Points as float64 [N, D] that fit the decoder."""
        import tensorflow as tf

        points = np.asarray(points, np.float64)
        require_rank(2, points=points)
        require(len(points) > 0, "`points` must not be empty", num_points=0)
        num_bad_rows = int((~np.isfinite(points)).any(axis=1).sum())
        require(num_bad_rows == 0, "`points` must be finite", num_bad_rows=num_bad_rows)
        latents = tf.zeros([2, self.latent_dims], self.decoder_dtype)
        with tf.GradientTape() as tape:
            tape.watch(latents)
            means = self.decoder(latents)
        require(
            means.shape[0] == 2 and int(tf.size(means)) == 2 * points.shape[1],
            "`decoder` must give as many values per row of latents as `points` has columns",
            decoder_output=tuple(means.shape),
            num_columns=points.shape[1],
        )
        has_gradient = tape.gradient(means, latents) is not None
        require(has_gradient, "`decoder` must be differentiable by TensorFlow", has_gradient=has_gradient)
        return points

    def simulate(self, num_points: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Latents [N, latent_dims] and points [N, D] of the model itself."""
        import tensorflow as tf

        latents = generator.normal(size=(num_points, self.latent_dims))
        means = np.asarray(self.decoder(tf.constant(latents, self.decoder_dtype)), np.float64)
        means = means.reshape(num_points, -1)  # [N, ...] -> [N, D]
        return latents, means + math.sqrt(self.variance) * generator.normal(size=means.shape)

    def forward(self, points: np.ndarray) -> list[np.ndarray]:
        """From draws of the prior to beta 1: log weights [C, n], acceptance [n], step sizes [n]."""
        latents = self.random.normal([self.num_chains * len(points), self.latent_dims], dtype="float64")
        return [part.numpy() for part in self.compiled(latents, points, self.betas)]

    def backward(self, points: np.ndarray, latents: np.ndarray) -> list[np.ndarray]:
        """From exact draws of the posterior [n, latent_dims] to beta 0; the weights are those of 1 / p(x)."""
        starts = np.tile(latents, (self.num_chains, 1))
        return [part.numpy() for part in self.compiled(starts, points, self.betas[::-1].copy())]

    def anneal(self, latents: Any, points: Any, betas: Any) -> tuple[Any, Any, Any]:
        """One run; compiled."""
        import tensorflow as tf

        hmc, num_points = self.hmc, tf.shape(points)[0]
        values, gradients = self.log_likelihoods(latents, points)
        log_weights = tf.zeros_like(values)
        steps = tf.fill([num_points], tf.constant(hmc.initial_step_size, tf.float64))
        average = tf.fill([num_points], tf.constant(hmc.target_acceptance or 0.0, tf.float64))
        acceptance = tf.zeros_like(steps)
        for index in tf.range(1, tf.size(betas)):
            log_weights += values * (betas[index] - betas[index - 1])
            chain_steps = tf.tile(steps, [self.num_chains])[:, None]  # [n] -> [C * n, 1]
            latents, values, gradients, accepted = self.transition(
                latents, values, gradients, points, betas[index], chain_steps
            )
            accepted = tf.reshape(tf.cast(accepted, tf.float64), [self.num_chains, num_points])
            shares = tf.reduce_mean(accepted, axis=0)  # [n]
            acceptance += shares
            if hmc.target_acceptance is not None:
                average = hmc.acceptance_decay * average + (1 - hmc.acceptance_decay) * shares
                growth, shrinkage = (tf.constant(factor, tf.float64) for factor in hmc.step_size_factors)
                factors = tf.where(average > hmc.target_acceptance, growth, shrinkage)
                steps = tf.clip_by_value(steps * factors, *hmc.step_size_bounds)
        num_moves = tf.cast(tf.size(betas) - 1, tf.float64)
        return tf.reshape(log_weights, [self.num_chains, num_points]), acceptance / num_moves, steps

    def log_likelihoods(self, latents: Any, points: Any) -> tuple[Any, Any]:
        """log p(x|h) [C * n] and its gradient for h [C * n, d]."""
        import tensorflow as tf

        shape = tf.shape(points)
        with tf.GradientTape() as tape:
            tape.watch(latents)
            means = tf.cast(self.decoder(tf.cast(latents, self.decoder_dtype)), tf.float64)
            errors = tf.reshape(means, [self.num_chains, shape[0], shape[1]]) - points  # [C, n, D]
            squares = tf.reshape(tf.reduce_sum(tf.square(errors), axis=-1), [-1])  # [C, n] -> [C * n]
            values = -0.5 * squares / self.variance
        normalizer = 0.5 * tf.cast(shape[1], tf.float64) * math.log(2 * math.pi * self.variance)
        return values - normalizer, tape.gradient(values, latents)

    def transition(self, latents: Any, values: Any, gradients: Any, points: Any, beta: Any, steps: Any) -> tuple:
        """One move of every chain in p(h) p(x|h)^beta: the new latents, log p(x|h) and gradients, and if accepted."""
        import tensorflow as tf

        start = self.random.normal(tf.shape(latents), dtype=tf.float64)
        momenta = start - 0.5 * steps * (latents - beta * gradients)
        place, place_values, place_gradients = latents, values, gradients
        for leap in tf.range(self.hmc.num_leapfrog_steps):
            place += steps * momenta
            place_values, place_gradients = self.log_likelihoods(place, points)
            share = tf.where(leap == self.hmc.num_leapfrog_steps - 1, tf.constant(0.5, tf.float64), 1.0)
            momenta -= share * steps * (place - beta * place_gradients)
        change = _energies(latents, values, start, beta) - _energies(place, place_values, momenta, beta)
        # A move that ends in NaN compares as false and is refused.
        accepted = tf.math.log(self.random.uniform(tf.shape(change), dtype=tf.float64)) < change
        return (
            tf.where(accepted[:, None], place, latents),
            tf.where(accepted, place_values, values),
            tf.where(accepted[:, None], place_gradients, gradients),
            accepted,
        )


def _energies(latents: Any, values: Any, momenta: Any, beta: Any) -> Any:
    """Minus the log density of latents and momenta, up to a constant: [C * n]."""
    import tensorflow as tf

    return 0.5 * tf.reduce_sum(tf.square(latents) + tf.square(momenta), axis=1) - beta * values
