"""Embedders: uint8 images to features and class probabilities."""

from tfgan_suite.metrics.embedders.autoencoder import (
    AutoencoderEmbedder,
    AutoencoderOptions,
    train_autoencoder_embedder,
)
from tfgan_suite.metrics.embedders.base import Embedder, Embedding
from tfgan_suite.metrics.embedders.classifier import ClassifierEmbedder, train_classifier_embedder
from tfgan_suite.metrics.embedders.classifier_file import load_classifier, save_classifier
from tfgan_suite.metrics.embedders.classifier_training import ClassifierOptions, TrainedClassifier, train_classifier
from tfgan_suite.metrics.embedders.feature_distance import FeatureDistance, embedder_distance, network_distance
from tfgan_suite.metrics.embedders.imagenet import ImageNetEmbedder
from tfgan_suite.metrics.embedders.loading import DATA_EMBEDDERS, EMBEDDER_NAMES, load_embedder
from tfgan_suite.metrics.embedders.lpips import load_lpips
from tfgan_suite.metrics.embedders.pixels import PixelEmbedder
from tfgan_suite.metrics.embedders.resizing import RESIZE_MODES
from tfgan_suite.metrics.embedders.rotation import RotationEmbedder, RotationOptions, train_rotation_embedder
from tfgan_suite.metrics.embedders.saved_model import SavedModelEmbedder
from tfgan_suite.metrics.embedders.tfgan import TFGANInception, importable_tfgan, load_tfgan

__all__ = [
    "DATA_EMBEDDERS",
    "EMBEDDER_NAMES",
    "RESIZE_MODES",
    "AutoencoderEmbedder",
    "AutoencoderOptions",
    "ClassifierEmbedder",
    "ClassifierOptions",
    "Embedder",
    "Embedding",
    "FeatureDistance",
    "ImageNetEmbedder",
    "PixelEmbedder",
    "RotationEmbedder",
    "RotationOptions",
    "SavedModelEmbedder",
    "TFGANInception",
    "TrainedClassifier",
    "embedder_distance",
    "importable_tfgan",
    "load_classifier",
    "load_embedder",
    "load_lpips",
    "load_tfgan",
    "network_distance",
    "save_classifier",
    "train_autoencoder_embedder",
    "train_classifier",
    "train_classifier_embedder",
    "train_rotation_embedder",
]
