"""Adversarial losses: functions of the discriminator's logits, each a mean over the batch in float32."""

from collections.abc import Callable
from dataclasses import dataclass

import tensorflow as tf

from tfgan_suite.core.checks import require, require_in


@dataclass(frozen=True)
class AdversarialLoss:
    """A pair of losses, both minimised.

    The discriminator's loss is the mean over the real logits plus the mean over the fake ones, never halved.

    Attributes:
        name: key in `ADVERSARIAL_LOSSES`.
        discriminator_loss: (real_logits, fake_logits) -> float32 scalar; logits [N] or [N, 1], any float dtype, and
            the two may differ in N.
        generator_loss: (fake_logits) -> float32 scalar.
        target_loss: for a loss that draws each logit to a target, 1 on real images and 0 on generated ones:
            (logits, targets) -> float32 scalar, so that the discriminator's loss is its sum over both. None where a
            loss has no targets; label smoothing and flipping are then refused (`models.heuristics`).
    """

    name: str
    discriminator_loss: Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
    generator_loss: Callable[[tf.Tensor], tf.Tensor]
    target_loss: Callable[[tf.Tensor, tf.Tensor], tf.Tensor] | None = None


def _float32(logits: tf.Tensor) -> tf.Tensor:
    return tf.cast(logits, tf.float32)


def _cross_entropy_discriminator(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:
    # -log sigmoid(l) = softplus(-l) and -log(1 - sigmoid(l)) = softplus(l), without overflow.
    return tf.reduce_mean(tf.nn.softplus(-_float32(real_logits))) + tf.reduce_mean(
        tf.nn.softplus(_float32(fake_logits))
    )


def _cross_entropy_to_targets(logits: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
    logits, targets = _float32(logits), _float32(targets)
    return tf.reduce_mean(targets * tf.nn.softplus(-logits) + (1.0 - targets) * tf.nn.softplus(logits))


def _minimax_generator(fake_logits: tf.Tensor) -> tf.Tensor:
    return -tf.reduce_mean(tf.nn.softplus(_float32(fake_logits)))


def _non_saturating_generator(fake_logits: tf.Tensor) -> tf.Tensor:
    return tf.reduce_mean(tf.nn.softplus(-_float32(fake_logits)))


def _least_squares_discriminator(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:
    return tf.reduce_mean(tf.square(_float32(real_logits) - 1.0)) + tf.reduce_mean(tf.square(_float32(fake_logits)))


def _least_squares_to_targets(logits: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
    return tf.reduce_mean(tf.square(_float32(logits) - _float32(targets)))


def _least_squares_generator(fake_logits: tf.Tensor) -> tf.Tensor:
    return tf.reduce_mean(tf.square(_float32(fake_logits) - 1.0))


def _hinge_discriminator(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:
    return tf.reduce_mean(tf.nn.relu(1.0 - _float32(real_logits))) + tf.reduce_mean(
        tf.nn.relu(1.0 + _float32(fake_logits))
    )


def _wasserstein_discriminator(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:
    return tf.reduce_mean(_float32(fake_logits)) - tf.reduce_mean(_float32(real_logits))


def _negative_critic_generator(fake_logits: tf.Tensor) -> tf.Tensor:
    return -tf.reduce_mean(_float32(fake_logits))


# Goodfellow et al. (2014), eq. 1: D minimises -E log D(x) - E log(1 - D(G(z))), G minimises E log(1 - D(G(z))).
minimax = AdversarialLoss("minimax", _cross_entropy_discriminator, _minimax_generator, _cross_entropy_to_targets)

# Goodfellow et al. (2014), section 3: G minimises -E log D(G(z)) instead.
non_saturating = AdversarialLoss(
    "non_saturating", _cross_entropy_discriminator, _non_saturating_generator, _cross_entropy_to_targets
)

# Mao et al. (2017), eq. 9 with a = 0, b = c = 1. Departure: without the paper's factor 1/2 in both losses.
least_squares = AdversarialLoss(
    "least_squares", _least_squares_discriminator, _least_squares_generator, _least_squares_to_targets
)

# Lim and Ye (2017), Miyato et al. (2018): D minimises E max(0, 1 - D(x)) + E max(0, 1 + D(G(z))), G minimises
# -E D(G(z)).
hinge = AdversarialLoss("hinge", _hinge_discriminator, _negative_critic_generator)

# Arjovsky et al. (2017): the critic minimises E D(G(z)) - E D(x), G minimises -E D(G(z)).
wasserstein = AdversarialLoss("wasserstein", _wasserstein_discriminator, _negative_critic_generator)

ADVERSARIAL_LOSSES: dict[str, AdversarialLoss] = {
    loss.name: loss for loss in (minimax, non_saturating, least_squares, hinge, wasserstein)
}


def get_adversarial_loss(name_or_loss: str | AdversarialLoss) -> AdversarialLoss:
    """Looks a loss up in `ADVERSARIAL_LOSSES`, or hands an `AdversarialLoss` through.

    Raises:
        ValueError: the name is unknown, or the argument is neither a name nor an `AdversarialLoss`.
    """
    if isinstance(name_or_loss, AdversarialLoss):
        return name_or_loss
    require(
        isinstance(name_or_loss, str),
        "`loss` must be a name or an AdversarialLoss",
        loss=name_or_loss,
    )
    require_in(ADVERSARIAL_LOSSES, loss=name_or_loss)
    return ADVERSARIAL_LOSSES[name_or_loss]
