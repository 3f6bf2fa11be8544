"""Embedders: uint8 images to features and class probabilities."""

from tfgan_suite.metrics.embedders.base import Embedder, Embedding
from tfgan_suite.metrics.embedders.classifier import ClassifierEmbedder, train_classifier_embedder
from tfgan_suite.metrics.embedders.imagenet import ImageNetEmbedder
from tfgan_suite.metrics.embedders.loading import EMBEDDER_NAMES, load_embedder
from tfgan_suite.metrics.embedders.pixels import PixelEmbedder
from tfgan_suite.metrics.embedders.saved_model import SavedModelEmbedder
from tfgan_suite.metrics.embedders.tfgan import TFGANInception, load_tfgan

__all__ = [
    "EMBEDDER_NAMES",
    "ClassifierEmbedder",
    "Embedder",
    "Embedding",
    "ImageNetEmbedder",
    "PixelEmbedder",
    "SavedModelEmbedder",
    "TFGANInception",
    "load_embedder",
    "load_tfgan",
    "train_classifier_embedder",
]
