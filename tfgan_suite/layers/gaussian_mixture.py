"""The mixture of Gaussians as a prior: fixed, or learnt with the generator (MM-GAN thesis, section 2.1)."""

import math
from collections.abc import Sequence
from typing import Any, Literal

import keras
import numpy as np
import tensorflow as tf

from tfgan_suite.core.checks import require, require_in, require_positive
from tfgan_suite.core.seeds import fold_in, make_seed
from tfgan_suite.layers.priors import Prior

_GAUSSIANS, _NOISE = 0, 1  # what a draw is for, folded into its seed


@keras.saving.register_keras_serializable(package="tfgan_suite")
class GaussianMixturePrior(Prior):
    """Mixture of K Gaussians, z = A_k e + mu_k with e ~ N(0, I) and k ~ Categorical(weights) (MM-GAN thesis, eq. 2.4).

    Static: mu_k ~ U[-mean_range, mean_range]^d and A_k A_k^T = variance * I, which never change (section 2.1.1).
    Dynamic: mu_k and A_k begin as these and are trained with the generator, through z (section 2.1.2); full matrices
    add K (d^2 + d) parameters, diagonal ones 2 K d. `factors[k]` is A_k, or its diagonal.

    Args:
        dim: d, the length of a latent vector.
        num_gaussians: K, at least 1.
        mean_range: c, above 0.
        variance: sigma of algorithm 1, above 0.
        covariance: "fixed" (static), "diagonal" or "full" (dynamic).
        weights: float [K], the share of each Gaussian, above 0 with sum 1; None: equal.
        seed: of the means.
        **kwargs: as for every Keras layer.

    Raises:
        ValueError: a number out of its range, or weights that are no distribution over K.
    """

    def __init__(
        self,
        dim: int,
        num_gaussians: int = 10,
        mean_range: float = 0.1,
        variance: float = 0.15,
        covariance: Literal["fixed", "diagonal", "full"] = "fixed",
        weights: Sequence[float] | None = None,
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(dim, **kwargs)
        require_positive(num_gaussians=num_gaussians, mean_range=mean_range, variance=variance)
        require_in(("fixed", "diagonal", "full"), covariance=covariance)
        shares = np.full(num_gaussians, 1 / num_gaussians) if weights is None else np.asarray(weights, np.float64)
        require(
            shares.shape == (num_gaussians,)
            and bool((shares > 0).all())
            and math.isclose(shares.sum(), 1, abs_tol=1e-6),
            "`weights` must hold one share above 0 per Gaussian, with the sum 1",
            num_gaussians=num_gaussians,
            weights=weights,
        )
        self.num_gaussians = int(num_gaussians)
        self.mean_range, self.variance, self.covariance = float(mean_range), float(variance), covariance
        self.weights_of_gaussians = [float(share) for share in shares]
        self.seed = int(seed)
        self.build()

    def build(self, input_shape: Any = None) -> None:
        learnt = self.covariance != "fixed"
        shape, deviation = (self.num_gaussians, self.dim), math.sqrt(self.variance)
        start = tf.random.stateless_uniform(
            shape, make_seed(self.seed), -self.mean_range, self.mean_range, alg="philox"
        )
        self.means = self.add_weight(name="means", shape=shape, initializer=_constant(start), trainable=learnt)
        self.factors = None
        if self.covariance == "diagonal":
            self.factors = self.add_weight(name="factors", shape=shape, initializer=_constant(deviation))
        if self.covariance == "full":
            start = deviation * tf.eye(self.dim, batch_shape=[self.num_gaussians])
            self.factors = self.add_weight(name="factors", shape=start.shape, initializer=_constant(start))
        self.built = True

    def sample(self, num_samples: int | tf.Tensor, seed: tf.Tensor, sigma: Any = 1.0) -> tf.Tensor:
        """As `Prior.sample`: a Gaussian for each row, then a latent of it."""
        gaussians = self.sample_gaussians(num_samples, fold_in(seed, _GAUSSIANS))
        return self.place(super().sample(num_samples, fold_in(seed, _NOISE), sigma), gaussians)

    def draw(self, shape: list[int | tf.Tensor], seed: tf.Tensor) -> tf.Tensor:
        """The noise e, standard normal, which `place` moves to a Gaussian."""
        return tf.random.stateless_normal(shape, seed, alg="philox")

    def sample_gaussians(self, num_samples: int | tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        """Draws the index k of a Gaussian for each row by the weights, int32 [num_samples]."""
        log_weights = tf.math.log(tf.constant([self.weights_of_gaussians], tf.float32))
        return tf.random.stateless_categorical(log_weights, num_samples, seed, dtype=tf.int32)[0]

    def place(self, noise: tf.Tensor, gaussians: tf.Tensor) -> tf.Tensor:
        """A_k e + mu_k, the re-parameterisation through which mu_k and A_k are trained.

        Args:
            noise: e, float32 [N, d], standard normal; times sqrt(sigma) for covariances times sigma.
            gaussians: k, int32 [N] in [0, K).

        Returns:
            float32 [N, d].
        """
        means = tf.gather(tf.convert_to_tensor(self.means), gaussians)
        if self.covariance == "fixed":
            return means + math.sqrt(self.variance) * noise
        factors = tf.convert_to_tensor(self.factors)
        if self.covariance == "diagonal":
            return means + tf.gather(factors, gaussians) * noise
        # One product for all rows of a Gaussian at once: a gathered [N, d, d] would fill the memory.
        for index, factor in enumerate(tf.unstack(factors)):
            own = tf.cast(gaussians == index, noise.dtype)[:, tf.newaxis]
            means += tf.matmul(own * noise, factor, transpose_b=True)
        return means

    def covariances(self) -> np.ndarray:
        """Sigma_k = A_k A_k^T, float32 [K, d, d]."""
        factors = self._full_factors().numpy()
        return factors @ factors.transpose(0, 2, 1)

    def log_density(self, latents: tf.Tensor) -> tf.Tensor:
        """log p(z) of the mixture (eq. 2.4), in nats.

        Args:
            latents: float32 [N, d].

        Returns:
            float32 [N].

        Raises:
            ValueError: latents of another shape.

        Cost: K linear systems of size d with N right-hand sides; memory K N d.
        """
        latents = tf.convert_to_tensor(latents, tf.float32)
        require(
            latents.shape.rank == 2 and latents.shape[1] == self.dim,
            "`latents` must have the shape [N, dim]",
            shape=tuple(latents.shape),
            dim=self.dim,
        )
        offsets = latents - tf.convert_to_tensor(self.means)[:, tf.newaxis]  # [K, N, d]
        factors = self._full_factors()
        noise = tf.linalg.solve(factors, tf.linalg.matrix_transpose(offsets))  # [K, d, N]
        log_volume = tf.linalg.slogdet(factors)[1] + self.dim / 2 * math.log(2 * math.pi)  # [K]
        of_each = -0.5 * tf.reduce_sum(tf.square(noise), axis=1) - log_volume[:, tf.newaxis]  # [K, N]
        return tf.reduce_logsumexp(of_each + tf.math.log(self.weights_of_gaussians)[:, tf.newaxis], axis=0)

    def _full_factors(self) -> tf.Tensor:
        """A_k as matrices, float32 [K, d, d]."""
        if self.covariance == "full":
            return tf.convert_to_tensor(self.factors)
        if self.covariance == "diagonal":
            return tf.linalg.diag(tf.convert_to_tensor(self.factors))
        return math.sqrt(self.variance) * tf.eye(self.dim, batch_shape=[self.num_gaussians])

    def get_config(self) -> dict[str, Any]:
        own = {
            "num_gaussians": self.num_gaussians,
            "mean_range": self.mean_range,
            "variance": self.variance,
            "covariance": self.covariance,
            "weights": self.weights_of_gaussians,
            "seed": self.seed,
        }
        return {**super().get_config(), **own}


def _constant(value: Any) -> Any:
    return lambda shape, dtype: tf.broadcast_to(tf.cast(value, dtype), shape)
