"""Losses and penalties: pure functions of logits, images and variables."""

from tfgan_suite.losses.adversarial import (
    ADVERSARIAL_LOSSES,
    AdversarialLoss,
    get_adversarial_loss,
    hinge,
    least_squares,
    minimax,
    non_saturating,
    wasserstein,
)
from tfgan_suite.losses.auxiliary import classification_loss, feature_matching_loss, known_class_loss
from tfgan_suite.losses.modification import mean_absolute_change, modification_loss
from tfgan_suite.losses.penalties import gradient_penalty, l2_penalty, r1_penalty

__all__ = [
    "ADVERSARIAL_LOSSES",
    "AdversarialLoss",
    "classification_loss",
    "feature_matching_loss",
    "get_adversarial_loss",
    "gradient_penalty",
    "hinge",
    "known_class_loss",
    "l2_penalty",
    "least_squares",
    "mean_absolute_change",
    "minimax",
    "modification_loss",
    "non_saturating",
    "r1_penalty",
    "wasserstein",
]
