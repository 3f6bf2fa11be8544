"""From a name or a path to an embedder."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf

from tfgan_suite.core.checks import require
from tfgan_suite.metrics.embedders.autoencoder import train_autoencoder_embedder
from tfgan_suite.metrics.embedders.base import Embedder, Progress
from tfgan_suite.metrics.embedders.classifier import ClassifierEmbedder, train_classifier_embedder
from tfgan_suite.metrics.embedders.classifier_file import is_classifier_file, load_classifier
from tfgan_suite.metrics.embedders.imagenet import IMAGENET_NETWORKS, ImageNetEmbedder
from tfgan_suite.metrics.embedders.layers import require_layer
from tfgan_suite.metrics.embedders.pixels import PixelEmbedder
from tfgan_suite.metrics.embedders.rotation import train_rotation_embedder
from tfgan_suite.metrics.embedders.saved_model import SavedModelEmbedder, shortened
from tfgan_suite.metrics.embedders.tfgan import TFGANInception

DATA_EMBEDDERS = ("classifier", "pixels", "autoencoder", "rotation")
"""Those that are made for the images they are to embed."""

EMBEDDER_NAMES = ("inception", *DATA_EMBEDDERS, *IMAGENET_NETWORKS)
_SELF_SUPERVISED = {"autoencoder": train_autoencoder_embedder, "rotation": train_rotation_embedder}


def load_embedder(
    name_or_path: str | os.PathLike,
    *,
    train_images: np.ndarray | None = None,
    train_labels: np.ndarray | None = None,
    test_images: np.ndarray | None = None,
    test_labels: np.ndarray | None = None,
    num_classes: int | None = None,
    image_size: Sequence[int] | None = None,
    weights: str | os.PathLike | None = None,
    layer: str | None = None,
    resize_mode: str | None = None,
    cache_dir: Path | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Embedder:
    """The embedder of a name, or of the SavedModel or Keras file at a path, tried on one image if images are given.

    Args:
        name_or_path: "inception" (TF-GAN's, from TF-Hub), "classifier" (trained on the images and labels given here),
            "autoencoder" and "rotation" (trained on the images alone), "pixels", "resnet50", "resnet101", "resnet152",
            "vgg16" (keras.applications), or a path; "PATH@128" is the network at PATH with `image_size` 128x128,
            "PATH@96x128" with height 96 and width 128.
        train_images: uint8 [N, H, W, C]; needed by those of `DATA_EMBEDDERS`.
        train_labels: int [N]; needed by "classifier".
        test_images: for the accuracy (or the error) of what is trained here.
        test_labels: their labels.
        num_classes: of the labels.
        image_size: (height, width) to enlarge images to, for a network at a path that takes any size.
        weights: a local weights file for a network of keras.applications, or a SavedModel for "inception".
        layer: what the features are: "prelogits", "logits" or "hypercolumns" of a classifier, a Keras file or a network
            of keras.applications, or one of their layers by name; "block1" to "block4" of "rotation"; an output of a
            SavedModel by name. Each network has its usual one.
        resize_mode: how images are brought to the network's size, a rule of `RESIZE_MODES`: "bilinear", "legacy_tf"
            (usual for "inception") or "clean".
        cache_dir: where a trained network is kept; the user's cache folder unless given.
        seed: of the training.
        progress: called as progress(done, total) while a network is trained.

    Raises:
        ValueError: a name that is neither known nor a path, an embedder that cannot be loaded, one that does not take
            these images or does not have this layer; the sentence says what to do instead.
    """
    chosen = {"layer": layer, "resize_mode": resize_mode}
    name = os.fspath(name_or_path)
    if name in DATA_EMBEDDERS:
        require(train_images is not None, f"the embedder '{name}' must be given `train_images`", train_images=None)
    if name == "pixels":
        embedder = PixelEmbedder(train_images.shape[1:], resize_mode)
        require_layer(layer or embedder.layer, [embedder.layer], name)
    elif name == "classifier":
        embedder = train_classifier_embedder(
            train_images,
            train_labels,
            test_images=test_images,
            test_labels=test_labels,
            num_classes=num_classes,
            seed=seed,
            cache_dir=cache_dir,
            progress=progress,
            **chosen,
        )
    elif name in _SELF_SUPERVISED:
        embedder = _SELF_SUPERVISED[name](
            train_images, test_images=test_images, seed=seed, cache_dir=cache_dir, progress=progress, **chosen
        )
    elif name == "inception":
        embedder = TFGANInception(weights, **chosen)
    elif name in IMAGENET_NETWORKS:
        embedder = ImageNetEmbedder(name, weights, **chosen)
    else:
        embedder = _from_path(name, image_size, **chosen)
    if train_images is not None:
        _try(embedder, train_images[:1])
    return embedder


def _from_path(name: str, image_size: Sequence[int] | None, **chosen: str | None) -> Embedder:
    path = Path(name).expanduser()
    sized = re.fullmatch(r"(.+)@(\d+)(?:x(\d+))?", name)
    if sized and not path.exists():
        path, image_size = Path(sized[1]).expanduser(), (int(sized[2]), int(sized[3] or sized[2]))
    require(
        path.exists(),
        f"the embedder must be one of {', '.join(EMBEDDER_NAMES)}, or the path of a SavedModel or .keras file",
        embedder=name,
    )
    image_size = None if image_size is None else tuple(image_size)
    if not is_classifier_file(path):
        return SavedModelEmbedder(path, image_size, **chosen)
    embedder = ClassifierEmbedder(load_classifier(path), **chosen)
    require(
        image_size in (None, embedder.input_size),
        "`image_size` must be the network's own where that is fixed",
        image_size=image_size,
        fixed=embedder.input_size,
    )
    return embedder


def _try(embedder: Embedder, image: np.ndarray) -> None:
    try:
        embedder.embed(image)
    except tf.errors.OpError as error:
        raise ValueError(
            f"the embedder {embedder.name} does not take images of shape {tuple(image.shape[1:])}: {shortened(error)}. "
            "Give `image_size=` to resize them, or choose another embedder."
        ) from error
