"""Keras layers: priors, conditional normalisation, and normalisation that is right under a gradient penalty."""

from tfgan_suite.layers.conditional_normalization import (
    ConditionalBatchNormalization,
    ConditionalInstanceNormalization,
)
from tfgan_suite.layers.critic_normalization import CriticLayerNormalization
from tfgan_suite.layers.frozen import Frozen
from tfgan_suite.layers.gaussian_mixture import GaussianMixturePrior
from tfgan_suite.layers.label_concatenation import ConcatenateLabels
from tfgan_suite.layers.label_dense import LabelBatchNormalization, LabelDense
from tfgan_suite.layers.label_embedding import NormalizedLabelEmbedding
from tfgan_suite.layers.maxout import Maxout
from tfgan_suite.layers.noise import SeededDropout, SeededGaussianNoise, noise_stream
from tfgan_suite.layers.packing import pack_samples
from tfgan_suite.layers.priors import PRIORS, NormalPrior, Prior, UniformPrior, get_prior
from tfgan_suite.layers.weight_normalization import WeightNormConv2D, WeightNormConv2DTranspose, WeightNormDense

__all__ = [
    "PRIORS",
    "ConcatenateLabels",
    "ConditionalBatchNormalization",
    "ConditionalInstanceNormalization",
    "CriticLayerNormalization",
    "Frozen",
    "GaussianMixturePrior",
    "LabelBatchNormalization",
    "LabelDense",
    "Maxout",
    "NormalPrior",
    "NormalizedLabelEmbedding",
    "Prior",
    "SeededDropout",
    "SeededGaussianNoise",
    "UniformPrior",
    "WeightNormConv2D",
    "WeightNormConv2DTranspose",
    "WeightNormDense",
    "get_prior",
    "noise_stream",
    "pack_samples",
]
