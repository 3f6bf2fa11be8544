"""Measures a GAN of numbers against the Gaussian that it learns, and keeps its curves over the line."""

import math
import time
from collections.abc import Collection
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tfgan_suite.callbacks.every_steps import EverySteps, require_finite
from tfgan_suite.core.checks import require, require_positive
from tfgan_suite.core.files import write_whole
from tfgan_suite.metrics.functional.line_divergences import (
    gaussian_log_density,
    parzen_bandwidth,
    parzen_density,
    parzen_divergences,
    pushforward_divergences,
)

NUM_CURVE_POINTS = 401


class EvaluateLine(EverySteps):
    """Every `every_steps` generator steps adds losses, slopes and divergences on the line to the logs (SPEC D3).

    Logged; logarithms are natural, and real numbers are draws of N(mean, stddev^2) that are no training points:

    - `discriminator_loss`: -E log D(x) - E log(1 - D(G(z))) (smooth-to-sharp thesis, eq. 2.6), as means over
      `num_samples` real and as many generated numbers, without penalties.
    - `generated_slope`: the mean of |dD/dx| at the generated numbers, D a probability: what the minimax generator's
      update is proportional to. `generated_logit_slope`: the same of the logit, what the non-saturating one's is.
    - `kl_divergence`, `js_divergence`, `optimal_loss`: as of `parzen_divergences`, model against data.
    - `exact_kl`, `exact_js`, `exact_optimal_loss`: as of `pushforward_divergences`.
    - `evaluation_sec`.

    Args:
        mean, stddev: of the data.
        every_steps: generator steps between two measurements, as of `EverySteps`.
        num_samples: real and generated numbers drawn each time.
        seed: of both; the same every time.
        divergences: off: only losses and slopes, which is faster.
        folder: where `step_XXXXXXXX.npz` is written at `curve_steps`: `x` float [401]; `real_density`,
            `generated_density` (Parzen windows), `discriminator` (D(x)) there, and the scores above; None: nowhere.
        curve_steps: generator steps, 0 among them if wanted.
        reach: how far `x` goes from the mean, in standard deviations; further where generated numbers are.

    Raises:
        ValueError: a number not above 0; while measuring, generated numbers that are not finite.
    """

    def __init__(
        self,
        mean: float,
        stddev: float,
        every_steps: int,
        num_samples: int = 10_000,
        seed: int = 0,
        *,
        divergences: bool = True,
        folder: str | Path | None = None,
        curve_steps: Collection[int] = (),
        reach: float = 5.0,
    ) -> None:
        super().__init__(every_steps)
        require_positive(stddev=stddev, every_steps=every_steps, num_samples=num_samples, reach=reach)
        self.mean, self.stddev, self.reach = mean, stddev, reach
        self.num_samples, self.seed, self.divergences = num_samples, seed, divergences
        self.folder = None if folder is None else Path(folder)
        self.curve_steps = frozenset(curve_steps)
        noise = np.random.default_rng(seed).standard_normal((num_samples, 1))
        self.real = (mean + stddev * noise).astype(np.float32)

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        super().on_train_begin(logs)
        if int(self.model.num_steps.numpy()) == 0 and 0 in self.curve_steps:
            self.keep(0, self.measure())

    def act(self, step: int, logs: dict[str, Any]) -> None:
        scores = self.measure()
        logs.update(scores)
        if step in self.curve_steps:
            self.keep(step, scores)

    def measure(self) -> dict[str, float]:
        """The scores of the model as it is."""
        start = time.monotonic()
        generated = self._generated()
        slopes = self._slopes(generated)
        scores = {
            "discriminator_loss": self._loss(generated),
            "generated_slope": float(np.abs(slopes[0]).mean()),
            "generated_logit_slope": float(np.abs(slopes[1]).mean()),
        }
        if self.divergences:
            estimated = parzen_divergences(generated[:, 0], self.mean, self.stddev)
            prior = self.model.prior
            latents, values = linear_pieces(self.model.generator, prior.low, prior.high)
            exact = pushforward_divergences(latents, values, self.mean, self.stddev)
            scores |= {
                "kl_divergence": estimated.kl,
                "js_divergence": estimated.js,
                "optimal_loss": estimated.optimal_loss,
                "exact_kl": exact.kl,
                "exact_js": exact.js,
                "exact_optimal_loss": exact.optimal_loss,
            }
        return {**scores, "evaluation_sec": time.monotonic() - start}

    def keep(self, step: int, scores: dict[str, float]) -> None:
        """Writes the curves of the model as it is, where there is a folder."""
        if self.folder is None:
            return
        generated = self._generated()[:, 0]
        low = min(self.mean - self.reach * self.stddev, generated.min() - self.stddev)
        high = max(self.mean + self.reach * self.stddev, generated.max() + self.stddev)
        x = np.linspace(low, high, NUM_CURVE_POINTS)
        bandwidth = parzen_bandwidth(generated, self.stddev / 1000)
        curves = {
            "x": x,
            "real_density": np.exp(gaussian_log_density(x, self.mean, self.stddev)),
            "generated_density": parzen_density(x, generated, bandwidth),
            "discriminator": tf.sigmoid(self._logits(x[:, None])).numpy(),
        }
        with write_whole(self.folder / f"step_{step:08d}.npz") as temporary:
            np.savez(temporary, **curves, **scores)

    def _generated(self) -> np.ndarray:
        generated = self.model.sample(self.num_samples, seed=self.seed, batch_size=self.num_samples)
        require_finite(generated, seed=self.seed)
        return generated

    def _logits(self, x: Any) -> tf.Tensor:
        return self.model.discriminate(tf.cast(x, tf.float32), None, training=False)["logits"]

    def _loss(self, generated: np.ndarray) -> float:
        real, fake = (self._logits(x).numpy().astype(np.float64) for x in (self.real, generated))
        return float(np.logaddexp(0, -real).mean() + np.logaddexp(0, fake).mean())

    def _slopes(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Slopes of D and of its logit at each of x [N, 1]."""
        x = tf.convert_to_tensor(x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            logits = self._logits(x)
        of_logits = tape.gradient(logits, x).numpy()[:, 0].astype(np.float64)
        half = np.exp(-np.abs(logits.numpy().astype(np.float64)) / 2)  # D (1 - D), without overflow
        return of_logits * np.square(half / (1 + np.square(half))), of_logits


def linear_pieces(generator: keras.Model, low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
    """Where the straight pieces of a generator of numbers begin and end: latents and values, float64 [K + 1] each.

    Args:
        generator: `dense_generator((1,), 1, (num_units,), None)`; its ReLUs have at most one bend each.
        low, high: the ends of the uniform latents, which are the first and the last of those returned.

    Raises:
        ValueError: a generator with more hidden layers, another activation, or not from one number to one.
    """
    dense = [layer for layer in generator.layers if isinstance(layer, keras.layers.Dense)]
    require(
        len(dense) == 2
        and [layer.activation.__name__ for layer in dense] == ["relu", "linear"]
        and (dense[0].kernel.shape[0], dense[1].kernel.shape[1]) == (1, 1),
        "`generator` must have one hidden layer of ReLUs, from one number to one",
        layers=[layer.name for layer in generator.layers],
    )
    (slopes, offsets), (weights, bias) = ([np.float64(each) for each in layer.get_weights()] for layer in dense)
    bends = np.divide(-offsets, slopes[0], out=np.full(len(offsets), math.inf), where=slopes[0] != 0)
    latents = np.union1d([low, high], bends[(bends > low) & (bends < high)])
    return latents, (np.maximum(latents[:, None] * slopes + offsets, 0) @ weights + bias)[:, 0]
