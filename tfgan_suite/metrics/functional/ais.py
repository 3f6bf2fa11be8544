"""Annealed importance sampling: the log-likelihood of points under a decoder with Gaussian noise."""

import dataclasses
import math

import numpy as np
import scipy.special

from tfgan_suite.core.checks import require_positive
from tfgan_suite.metrics.functional.annealing import DEFAULT_HMC, Annealer, Decoder, HMCSettings


@dataclasses.dataclass(frozen=True)
class AnnealedEstimate:
    """Estimates of log p(x), in nats, and what they rest on.

    Attributes:
        log_likelihoods: float64 [N]: of a forward run too low on average, of a reverse run too high.
        effective_sample_sizes: float64 [N], (sum w)^2 / sum w^2 of the chains' weights, in [1, num_chains]; near 1 the
            estimate rests on one chain.
        acceptance_rates: float64 [N], mean over all transitions.
        step_sizes: float64 [N], after the last transition.
        log_weights: float64 [num_chains, N].
    """

    log_likelihoods: np.ndarray
    effective_sample_sizes: np.ndarray
    acceptance_rates: np.ndarray
    step_sizes: np.ndarray
    log_weights: np.ndarray


@dataclasses.dataclass(frozen=True)
class BidirectionalBounds:
    """A sandwich of log p(x) of simulated points: `lower` from forward chains, `upper` from reverse chains.

    `points` float64 [N, D] are the simulated points and `latents` float64 [N, latent_dims] what they were made from.
    """

    lower: AnnealedEstimate
    upper: AnnealedEstimate
    points: np.ndarray
    latents: np.ndarray


def annealed_log_likelihood(
    decoder: Decoder,
    points: np.ndarray,
    latent_dims: int,
    variance: float,
    *,
    seed: int,
    num_chains: int = 16,
    betas: np.ndarray | None = None,
    hmc: HMCSettings = DEFAULT_HMC,
    block_size: int = 64,
    decoder_dtype: str = "float32",
) -> AnnealedEstimate:
    """Estimates log p(x) of points under x = decoder(h) + noise, h ~ N(0, I), noise ~ N(0, variance I).

    Neal, "Annealed importance sampling" (2001); for decoders: Wu et al., "On the quantitative analysis of decoder-based
    generative models" (2017), whose code this follows. Each chain starts at a draw of the prior and goes through the
    densities p(h) p(x|h)^beta by Hamiltonian Monte Carlo; its log weight is the sum of log p(x|h) (beta' - beta) at
    the state before each move. The estimate is the log of the mean weight of a point's chains: a stochastic lower
    bound (SPEC E6).

    Args:
        decoder: latents [B, latent_dims] of `decoder_dtype` to means [B, ...] of D values, differentiable by
            TensorFlow, e.g. `lambda latents: generator(latents, training=False)`. Each row must depend on its own
            latents only, so no batch statistics.
        points: float [N, D], in the units of the decoder's outputs.
        latent_dims: at least 1.
        variance: of the observation noise (not its standard deviation), above 0. Wu et al. have
            0.005 to 0.03 for pixels in [0, 1].
        seed: of the prior's draws, momenta and acceptances.
        num_chains: per point.
        betas: float [T], ascending from 0 to 1; `sigmoid_schedule(10_000)` unless given.
        hmc: the transitions.
        block_size: points whose chains run together; it also decides which point gets which random numbers.
        decoder_dtype: of the latents handed to the decoder; everything around it is float64.

    Returns:
        AnnealedEstimate. Mean and standard error over points are the usual number.

    Raises:
        ValueError: shapes that do not fit, values that are not finite, numbers out of range, betas that do not ascend
            from 0 to 1, or a decoder without a gradient.

    Direction: higher is better.
    Cost: T num_leapfrog_steps evaluations of the decoder and its gradient for each chain of each point, 1.6 million per
    point with the defaults; memory of one such evaluation for block_size * num_chains latents.
    Known failings: too low where chains do not mix (see `effective_sample_sizes`, and `bidirectional_bounds`); depends
    strongly on `variance`, so much that it can be chosen to order models (ModNet and DDM thesis, section 3.4.1);
    adapting the step size to a chain's own past makes the bound a slightly biased one.
    Departure: the step size is a point's own, where the original has one for all.
    """
    annealer = Annealer(decoder, latent_dims, variance, seed, num_chains, betas, hmc, decoder_dtype)
    points = annealer.checked(points)
    require_positive(block_size=block_size)
    blocks = [annealer.forward(points[start : start + block_size]) for start in range(0, len(points), block_size)]
    return _estimate(blocks, sign=1)


def bidirectional_bounds(
    decoder: Decoder,
    num_points: int,
    latent_dims: int,
    variance: float,
    *,
    seed: int,
    num_chains: int = 16,
    betas: np.ndarray | None = None,
    hmc: HMCSettings = DEFAULT_HMC,
    decoder_dtype: str = "float32",
) -> BidirectionalBounds:
    """Bounds log p(x) of simulated points from both sides, to see how far annealing can be trusted.

    Bidirectional Monte Carlo: Grosse et al. (2015), as used by Wu et al. (2017). For points made by the model itself
    the latents are an exact draw of the posterior; chains that start there and go from beta 1 to 0 give an upper
    bound, forward chains (`annealed_log_likelihood`) a lower one. A small gap says that `betas`, `num_chains` and `hmc`
    suffice, for points like the simulated ones.

    Args:
        decoder: as in `annealed_log_likelihood`.
        num_points: to simulate, all run together.
        latent_dims: at least 1.
        variance: of the observation noise, above 0.
        seed: of the points and of all chains.
        num_chains: per point and direction; all reverse chains of a point start at its latents.
        betas: float [T], ascending from 0 to 1.
        hmc: the transitions.
        decoder_dtype: of the latents handed to the decoder.

    Raises:
        ValueError: as `annealed_log_likelihood`, or `num_points` below 1.

    Cost: twice that of `annealed_log_likelihood`.
    Known failings: real points may be harder than simulated ones.
    """
    annealer = Annealer(decoder, latent_dims, variance, seed, num_chains, betas, hmc, decoder_dtype)
    require_positive(num_points=num_points)
    latents, points = annealer.simulate(num_points, np.random.default_rng(seed))
    points = annealer.checked(points)
    lower, upper = annealer.forward(points), annealer.backward(points, latents)
    return BidirectionalBounds(_estimate([lower], sign=1), _estimate([upper], sign=-1), points, latents)


def _estimate(blocks: list[list[np.ndarray]], sign: int) -> AnnealedEstimate:
    """Log mean weights; with sign -1 the log weights are those of 1 / p(x)."""
    log_weights, acceptance, steps = (np.concatenate(parts, axis=-1) for parts in zip(*blocks, strict=True))
    sums = scipy.special.logsumexp(log_weights, axis=0)
    effective = np.exp(2 * sums - scipy.special.logsumexp(2 * log_weights, axis=0))
    return AnnealedEstimate(sign * (sums - math.log(len(log_weights))), effective, acceptance, steps, log_weights)
