"""Embedders: uint8 images to features and class probabilities."""

from tfgan_suite.metrics.embedders.base import Embedder, Embedding
from tfgan_suite.metrics.embedders.classifier import ClassifierEmbedder, train_classifier_embedder
from tfgan_suite.metrics.embedders.classifier_file import load_classifier, save_classifier
from tfgan_suite.metrics.embedders.classifier_training import ClassifierOptions, TrainedClassifier, train_classifier
from tfgan_suite.metrics.embedders.imagenet import ImageNetEmbedder
from tfgan_suite.metrics.embedders.loading import EMBEDDER_NAMES, load_embedder
from tfgan_suite.metrics.embedders.pixels import PixelEmbedder
from tfgan_suite.metrics.embedders.resizing import RESIZE_MODES
from tfgan_suite.metrics.embedders.saved_model import SavedModelEmbedder
from tfgan_suite.metrics.embedders.tfgan import TFGANInception, importable_tfgan, load_tfgan

__all__ = [
    "EMBEDDER_NAMES",
    "RESIZE_MODES",
    "ClassifierEmbedder",
    "ClassifierOptions",
    "Embedder",
    "Embedding",
    "ImageNetEmbedder",
    "PixelEmbedder",
    "SavedModelEmbedder",
    "TFGANInception",
    "TrainedClassifier",
    "importable_tfgan",
    "load_classifier",
    "load_embedder",
    "load_tfgan",
    "save_classifier",
    "train_classifier",
    "train_classifier_embedder",
]
