"""Classifiers pretrained on ImageNet, from keras.applications: feature sources for synthetic labels."""

import dataclasses
import os
from collections.abc import Callable
from pathlib import Path

import keras
import tensorflow as tf

from tfgan_suite.core.checks import require, require_in
from tfgan_suite.metrics.embedders import layers
from tfgan_suite.metrics.embedders.base import Embedder
from tfgan_suite.metrics.embedders.downloads import require_reachable
from tfgan_suite.metrics.embedders.saved_model import hash_files


@dataclasses.dataclass(frozen=True)
class _Network:
    build: Callable[..., keras.Model]
    preprocess: Callable[[tf.Tensor], tf.Tensor]
    feature_layer: str
    weights_url: str


_BASE_URL = "https://storage.googleapis.com/tensorflow/keras-applications"
_RESNET = keras.applications.resnet.preprocess_input
IMAGENET_NETWORKS = {
    name: _Network(
        getattr(keras.applications, name_in_keras),
        _RESNET,
        "avg_pool",
        f"{_BASE_URL}/resnet/{name}_weights_tf_dim_ordering_tf_kernels.h5",
    )
    for name, name_in_keras in (("resnet50", "ResNet50"), ("resnet101", "ResNet101"), ("resnet152", "ResNet152"))
} | {
    "vgg16": _Network(
        keras.applications.VGG16,
        keras.applications.vgg16.preprocess_input,
        "fc2",
        f"{_BASE_URL}/vgg16/vgg16_weights_tf_dim_ordering_tf_kernels.h5",
    )
}


class ImageNetEmbedder(Embedder):
    """A ResNet or VGG16 of keras.applications at 224x224: features 2048 (ResNet) or 4096 (VGG16), 1000 probabilities.

    Args:
        network: a name in `IMAGENET_NETWORKS`.
        weights: a local weights file, with or without the classification layer ("notop" in its name, as Keras names
            them; features are then the averaged last feature map, and there are no probabilities). Unless given, the
            weights come from Keras's cache or are downloaded into it.
        layer: "prelogits" (the default), "logits", "hypercolumns" or a layer's name; see `layers.layer_output`.
        resize_mode: a rule of `RESIZE_MODES`.

    Raises:
        ValueError: an unknown network, layer or resize mode, weights that do not fit, or a download that cannot work.

    Departure: the CIN-GAN thesis clusters "the final fully connected layer activation values" of a ResNet-200, and
    reduces them to 2048 dimensions; the final layer has 1000. The layer before it is what has 2048, and is taken here.
    """

    def __init__(
        self,
        network: str,
        weights: str | os.PathLike | None = None,
        *,
        layer: str | None = None,
        resize_mode: str | None = None,
    ) -> None:
        require_in(IMAGENET_NETWORKS, network=network)
        super().__init__(resize_mode)
        parts = IMAGENET_NETWORKS[network]
        file = _weights_file(network, parts.weights_url) if weights is None else Path(weights).expanduser()
        require(file.is_file(), "`weights` must be an existing file", weights=str(file))
        has_top = "notop" not in file.name
        model = _build(parts, file, has_top)
        self.name = f"{network} (ImageNet)" if has_top else f"{network} (ImageNet, no top)"
        if layer in (None, layers.PRELOGITS):
            feature_output = model.get_layer(parts.feature_layer).output if has_top else model.output
        else:
            layers.require_layer(layer, dict.fromkeys([layers.PRELOGITS, *layers.layer_names(model)]), self.name)
            feature_output = layers.layer_output(model, layer)
        self._model = keras.Model(model.inputs[0], (feature_output, model.output))
        self._preprocess, self._has_top = parts.preprocess, has_top
        self.weights_hash = hash_files(file)
        self._say_layer(layer or layers.PRELOGITS, usual=layers.PRELOGITS)
        self.input_size = (224, 224)
        self.feature_dim = int(feature_output.shape[-1])
        self.num_classes = int(model.output.shape[-1]) if has_top else None

    def forward(self, images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor | None]:
        """Features of the layer, and the probabilities of the classification layer."""
        features, probs = self._model(self._preprocess(images), training=False)
        return features, probs if self._has_top else None


def _build(parts: _Network, file: Path, has_top: bool) -> keras.Model:
    options = {"include_top": True} if has_top else {"include_top": False, "pooling": "avg"}
    model = parts.build(weights=None, input_shape=(224, 224, 3), **options)
    try:
        model.load_weights(file)
    except (OSError, ValueError, KeyError) as error:
        raise ValueError(
            f"the weights in {file} do not fit {model.name} of keras.applications: {error} "
            "A file without the classification layer must have 'notop' in its name."
        ) from error
    return model


def _weights_file(network: str, url: str) -> Path:
    """Keras's own cached file, downloaded if it is not there."""
    name = url.rsplit("/", 1)[1]
    keras_home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    cached = keras_home / "models" / name
    if not cached.is_file():
        require_reachable(
            url,
            f"the ImageNet weights of {network}",
            "Give a weights file on this machine with `weights=`, a SavedModel's path, or another feature source "
            "('classifier', 'pixels').",
        )
    return Path(keras.utils.get_file(name, url, cache_dir=keras_home, cache_subdir="models"))
