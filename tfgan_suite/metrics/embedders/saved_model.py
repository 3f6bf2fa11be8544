"""Embedders from a path: any SavedModel (a TF-Hub download, say) and Keras model files."""

import dataclasses
import hashlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import keras
import tensorflow as tf

from tfgan_suite.core.checks import require
from tfgan_suite.metrics.embedders.base import Embedder
from tfgan_suite.metrics.embedders.layers import (
    LOGITS,
    PRELOGITS,
    classification_layer,
    layer_names,
    layer_output,
    named_outputs,
    pooled,
    require_layer,
)

FEATURE_NAMES = ("pool", "pool_3", "features", PRELOGITS, "embedding", "default")
_UNNAMED = "output_0"  # what SavedModel calls the output of a function that returns one tensor
LOGIT_NAMES = (LOGITS, "predictions")
_KERAS_SUFFIXES = (".keras", ".h5", ".hdf5")


class SavedModelEmbedder(Embedder):
    """A network from a path, fed float32 NHWC in 0..255.

    The network's outputs are looked up by name: features in `FEATURE_NAMES`, logits in `LOGIT_NAMES`, the first
    found of each; a single unnamed output of rank 2 or 4 is taken as features. Features of shape [N, h, w, D] are
    averaged over h and w. Without logits there are no probabilities (and no Inception score).
    If the network's input has a fixed height and width, images of another size are resized to it, and `resize` says so.

    Args:
        path: a SavedModel folder, or a `.keras` / `.h5` file.
        image_size: resize to (height, width) although the network takes any size, as when small images are
            enlarged for a network that was trained on large ones.
        layer: what the features are: one of a SavedModel's outputs by name; of a Keras file "prelogits", "logits",
            "hypercolumns", an output or a layer by name (see `layers.layer_output`).
        resize_mode: a rule of `RESIZE_MODES`.
        name: for protocols; the file's name unless given.

    Raises:
        ValueError: nothing loadable at `path`, an input that is not images, outputs that are not recognised, a layer
            that it does not have, or an `image_size` that the network does not take.
    """

    def __init__(
        self,
        path: str | os.PathLike,
        image_size: tuple[int, int] | None = None,
        *,
        layer: str | None = None,
        resize_mode: str | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(resize_mode)
        path = Path(path).expanduser()
        self.name = name or path.name
        self._loaded = _load(path, layer)
        self.weights_hash = hash_files(path)
        shape = self._loaded.input_shape
        own_size = None if None in shape[1:3] else tuple(shape[1:3])
        require(
            image_size is None or own_size in (None, tuple(image_size)),
            "`image_size` must be the network's own where that is fixed",
            image_size=image_size,
            fixed=own_size,
        )
        self.input_size = own_size or (None if image_size is None else tuple(image_size))
        self.input_channels = shape[3]
        self._probe(layer)

    def _probe(self, layer: str | None) -> None:
        """Runs one image to find the outputs and their widths; a broken network fails here, not in the training."""
        height, width = self.input_size or (128, 128)
        image = tf.zeros((1, height, width, self.input_channels or 3))
        try:
            outputs = self._outputs(self.prepare(image))
        except tf.errors.OpError as error:
            raise ValueError(
                f"the embedder {self.name} failed on an image of {height}x{width}: {shortened(error)}. "
                "Give `image_size=` if it takes images of one size only."
            ) from error
        usual = self._loaded.usual_layer or next((name for name in (*FEATURE_NAMES, _UNNAMED) if name in outputs), None)
        if layer is not None:
            require_layer(layer, [name for name, value in outputs.items() if _is_features(value)], self.name)
        require(
            layer is not None or _is_features(outputs.get(usual)),
            f"an embedder network must have an output named one of {', '.join(FEATURE_NAMES)}, of rank 2 or 4",
            embedder=self.name,
            outputs={str(name): tuple(getattr(value, "shape", ())) for name, value in outputs.items()},
        )
        self._say_layer(layer or usual, usual)
        features, probs = self.forward(image)
        self.feature_dim = int(features.shape[1])
        self.num_classes = None if probs is None else int(probs.shape[1])

    def prepare(self, images: tf.Tensor) -> tf.Tensor:
        """What the network is fed for float32 images in 0..255; these images themselves."""
        return images

    def forward(self, images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor | None]:
        """Features and the softmax of the logits, if there are logits."""
        outputs = self._outputs(self.prepare(images))
        features = tf.cast(pooled(outputs[self.layer]), tf.float32)  # [n, D]
        logits = next((outputs[name] for name in LOGIT_NAMES if name in outputs), None)
        if logits is None:
            return features, None
        logits = tf.reshape(tf.cast(logits, tf.float32), (tf.shape(features)[0], logits.shape[-1]))  # [n, C]
        return features, tf.nn.softmax(logits)

    def _outputs(self, images: tf.Tensor) -> Mapping[str, tf.Tensor]:
        outputs = self._loaded.call(images)
        return outputs if isinstance(outputs, Mapping) else {_UNNAMED: outputs}


def _is_features(value: object) -> bool:
    return isinstance(value, tf.Tensor) and value.shape.rank in (2, 4)


def shortened(error: tf.errors.OpError) -> str:
    """What went wrong in a graph, without the names of its nodes."""
    noise = ("Graph execution error", "Detected at node", "<stack traces", "[[")
    lines = [line.strip() for line in error.message.splitlines()]
    return " ".join(line for line in lines if line and not line.startswith(noise))


def hash_files(path: Path) -> str:
    """sha256 over a file, or over a SavedModel's graph, variables and assets with their relative names."""
    digest = hashlib.sha256()
    if path.is_file():
        digest.update(path.read_bytes())
        return digest.hexdigest()
    for file in sorted(path.rglob("*")):
        relative = file.relative_to(path).as_posix()
        if file.is_file() and relative.startswith(("saved_model.pb", "variables/", "assets/")):
            digest.update(relative.encode() + b"\0")
            digest.update(file.read_bytes())
    return digest.hexdigest()


class _NotLoadable(Exception):
    """A file that Keras cannot read."""


@dataclasses.dataclass(frozen=True)
class _Network:
    """What must be kept alive, images -> outputs, the input's shape (None for what is free), the usual layer's name."""

    keep: object
    call: Callable
    input_shape: tuple[int | None, ...]
    usual_layer: str | None = None


def _load(path: Path, layer: str | None) -> _Network:
    require(
        path.exists(),
        "the embedder must be a known name or an existing path",
        path=str(path),
        fix="Give a SavedModel folder or a .keras file.",
    )
    try:
        network = _load_keras(path, layer) if path.suffix in _KERAS_SUFFIXES else _load_saved_model(path)
    except (OSError, KeyError, TypeError, AttributeError, _NotLoadable) as error:
        raise ValueError(
            f"the embedder at {path} could not be loaded: {error}. It must be a SavedModel folder or a .keras file."
        ) from error
    require(
        len(network.input_shape) == 4 and network.input_shape[3] in (None, 1, 3),
        "an embedder network must take images [N, H, W, 1 or 3]",
        path=str(path),
        input_shape=network.input_shape,
    )
    return network


def _load_keras(path: Path, layer: str | None) -> _Network:
    """A Keras file: outputs by name if it has a dictionary; else layer "prelogits", if any, and logits."""
    try:
        model = keras.saving.load_model(path, compile=False)
    except ValueError as error:  # Keras's way to say that a file is missing or broken
        raise _NotLoadable(error) from error
    own_names = {each.name for each in model.layers}
    usual = PRELOGITS if PRELOGITS in own_names and len(model.outputs) == 1 else None
    outputs = {}
    if usual:
        outputs = {PRELOGITS: layer_output(model, PRELOGITS), LOGITS: model.outputs[0]}
    if layer not in (None, usual) and layer not in named_outputs(model):
        require_layer(layer, layer_names(model), path.name)
        head = {LOGITS: layer_output(model, LOGITS)} if classification_layer(model) is not None else {}
        outputs = {**outputs, **head, layer: layer_output(model, layer)}
        usual = usual or _UNNAMED
    network = keras.Model(model.inputs[0], outputs) if outputs else model
    return _Network(network, lambda images: network(images, training=False), tuple(model.inputs[0].shape), usual)


def _load_saved_model(path: Path) -> _Network:
    model = tf.saved_model.load(str(path))
    signature = model.signatures.get("serving_default")
    if signature is not None:
        inputs = signature.structured_input_signature[1]
        require(len(inputs) == 1, "the SavedModel's signature must have one input, the images", inputs=list(inputs))
        (name, spec), *_ = inputs.items()
        return _Network(model, lambda images: signature(**{name: images}), _shape(spec))
    functions = model.__call__.concrete_functions if callable(model) else ()
    specs = [spec for function in functions for spec in tf.nest.flatten(function.structured_input_signature)]
    specs = [spec for spec in specs if isinstance(spec, tf.TensorSpec) and spec.shape.rank in (4, None)]
    require(bool(specs), "the SavedModel must be callable on images", path=str(path), signatures=list(model.signatures))
    return _Network(model, model, _shape(specs[0]))


def _shape(spec: tf.TensorSpec) -> tuple[int | None, ...]:
    return tuple(spec.shape) if spec.shape.rank is not None else (None, None, None, 3)
