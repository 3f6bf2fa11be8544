"""Priors: distributions of the latent vector z, drawn without hidden state."""

from typing import Any

import keras
import tensorflow as tf

from tfgan_suite.core.checks import require, require_in, require_positive


class Prior(keras.layers.Layer):
    """Base of all priors. A subclass defines `draw` or replaces `sample`.

    A prior is a Keras layer, so that one with trainable variables (a Gaussian mixture) is saved and trained with the
    model that holds it.

    Args:
        dim: length of a latent vector, at least 1.
        **kwargs: `name`, `dtype` and the like, as for every Keras layer.

    Raises:
        ValueError: `dim` is below 1.

    Attributes:
        gaussian: whether `draw` is standard normal, so that covariances can be scaled.
    """

    gaussian = True

    def __init__(self, dim: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        require_positive(dim=dim)
        self.dim = int(dim)

    def sample(self, num_samples: int | tf.Tensor, seed: tf.Tensor, sigma: Any = 1.0) -> tf.Tensor:
        """Draws latents, a pure function of the arguments.

        Row i does not depend on `num_samples`, so sample 7 of a seed is the same image in a grid of 8 and of 64. This
        rests on the counter-based Philox generator of the TensorFlow runtime; inside an XLA-compiled function
        (`jit_compile=True`) the draws are other ones and only repeatable for equal `num_samples`.

        Args:
            num_samples: how many, at least 0; a Python integer or an integer scalar tensor.
            seed: stateless seed, int32 [2] (`core.seeds`).
            sigma: a factor of every covariance, above 0, for drawing better or more varied samples after training
                (MM-GAN thesis, section 4.3); a prior that is not made of Gaussians takes only 1.

        Returns:
            float32 [num_samples, dim].

        Raises:
            ValueError: a Python `num_samples` is negative, or a Python `sigma` out of its range.
        """
        if isinstance(num_samples, int):
            require(num_samples >= 0, "`num_samples` must be 0 or more", num_samples=num_samples)
        return self.scaled(self.draw([num_samples, self.dim], seed), sigma)

    def scaled(self, noise: tf.Tensor, sigma: Any) -> tf.Tensor:
        """Standard normal noise as that of covariances times `sigma`: sqrt(sigma) * noise."""
        if isinstance(sigma, int | float):
            require_positive(sigma=sigma)
            require(self.gaussian or sigma == 1, "`sigma` belongs to priors made of Gaussians", prior=self.name)
            if sigma == 1:
                return noise
        return tf.sqrt(tf.cast(sigma, noise.dtype)) * noise

    def draw(self, shape: list[int | tf.Tensor], seed: tf.Tensor) -> tf.Tensor:
        """Draws float32 noise of `shape` = [num_samples, dim]; what a subclass defines."""
        raise NotImplementedError("A prior defines `draw` or replaces `sample`.")

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "dim": self.dim}


@keras.saving.register_keras_serializable(package="tfgan_suite")
class NormalPrior(Prior):
    """Standard normal prior, z ~ N(0, I): the prior of WGAN-GP (Gulrajani et al. 2017) and of the CIN-GAN thesis.

    Args: see `Prior`.
    """

    def draw(self, shape: list[int | tf.Tensor], seed: tf.Tensor) -> tf.Tensor:
        return tf.random.stateless_normal(shape, seed, alg="philox")


@keras.saving.register_keras_serializable(package="tfgan_suite")
class UniformPrior(Prior):
    """Uniform prior, every component of z ~ U[low, high): the prior of DCGAN-TensorFlow with low -1 and high 1.

    Args:
        dim: length of a latent vector, at least 1.
        low: lower end, included.
        high: upper end, excluded; above `low`.
        **kwargs: as for every Keras layer.

    Raises:
        ValueError: `dim` is below 1, or `low` is not below `high`.
    """

    gaussian = False

    def __init__(self, dim: int, low: float = -1.0, high: float = 1.0, **kwargs: Any) -> None:
        super().__init__(dim, **kwargs)
        require(low < high, "`low` must be below `high`", low=low, high=high)
        self.low = float(low)
        self.high = float(high)

    def draw(self, shape: list[int | tf.Tensor], seed: tf.Tensor) -> tf.Tensor:
        return tf.random.stateless_uniform(shape, seed, self.low, self.high, alg="philox")

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "low": self.low, "high": self.high}


PRIORS: dict[str, type[Prior]] = {"normal": NormalPrior, "uniform": UniformPrior}


def get_prior(name_or_prior: "str | Prior", dim: int | None = None) -> Prior:
    """Looks a prior up by name, or hands a prior object through.

    Args:
        name_or_prior: a key of `PRIORS`, or an object with `dim` and `sample`.
        dim: length of a latent vector; needed with a name, and compared with the object's own `dim` if given.

    Raises:
        ValueError: unknown name, an object that is no prior, `dim` missing or different from the prior's own.
    """
    if isinstance(name_or_prior, str):
        require_in(PRIORS, prior=name_or_prior)
        require(dim is not None, "`dim` must be given when the prior is given by name", dim=dim)
        return PRIORS[name_or_prior](dim)
    require(
        hasattr(name_or_prior, "dim") and hasattr(name_or_prior, "sample"),
        "`prior` must be a name or an object with `dim` and `sample`",
        prior=name_or_prior,
    )
    require(
        dim is None or name_or_prior.dim == dim,
        "`dim` must equal the `dim` of the prior",
        dim=dim,
        prior_dim=name_or_prior.dim,
    )
    return name_or_prior
