"""Inception score of class probabilities."""

import itertools

import numpy as np
import scipy.special

from tfgan_suite.core.checks import require, require_positive, require_rank


def inception_score(probs: np.ndarray, num_splits: int = 10) -> tuple[float, float]:
    """exp(E_x KL(p(y|x) || p(y))), the mean and standard deviation over splits; higher is better.

    Salimans et al., "Improved Techniques for Training GANs" (2016), section 4, computed in float64.
    Split k holds the rows k N // num_splits up to (k + 1) N // num_splits, in the order given, so no row is dropped;
    the standard deviation is the population's (divisor num_splits). With num_splits=1 the value equals TF-GAN's.

    Args:
        probs: float [N, C], class probabilities; rows are at least 0 and sum to 1.
        num_splits: in [1, N].

    Returns:
        (mean, std) as Python floats; mean lies in [1, C].

    Raises:
        ValueError: not of rank 2, `num_splits` out of range, or rows that are no probabilities.

    Departure: a probability of exactly zero counts as 0 log 0 = 0; the original code returns NaN.
    """
    probs = np.asarray(probs)
    require_rank(2, probs=probs)
    require_positive(num_splits=num_splits)
    num_samples = len(probs)
    require(num_splits <= num_samples, "`num_splits` must be in [1, N]", num_splits=num_splits, num_samples=num_samples)
    bounds = [split * num_samples // num_splits for split in range(num_splits + 1)]
    scores = [_score(probs[start:stop]) for start, stop in itertools.pairwise(bounds)]
    return float(np.mean(scores)), float(np.std(scores))


def _score(probs: np.ndarray) -> float:
    probs = probs.astype(np.float64)
    sums = probs.sum(axis=1)
    require(
        bool((probs >= 0).all() and (np.abs(sums - 1) < 1e-3).all()),
        "`probs` must be class probabilities: at least 0, rows that sum to 1",
        smallest=float(probs.min()),
        row_sums=(float(sums.min()), float(sums.max())),
        fix="Apply a softmax to logits first.",
    )
    divergences = scipy.special.rel_entr(probs, probs.mean(axis=0)).sum(axis=1)
    return float(np.exp(divergences.mean()))
