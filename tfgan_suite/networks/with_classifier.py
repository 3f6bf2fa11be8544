"""A discriminator and a classifier as one network with two outputs, as AC-GAN's is."""

from typing import Any

import keras

from tfgan_suite.core.checks import is_whole, require
from tfgan_suite.layers.frozen import Frozen
from tfgan_suite.layers.resizing import BilinearResizing
from tfgan_suite.networks.replica_exact import replica_exact

Classifier = Any
"""`keras.Model` from images in [-1, 1] to logits, or a `metrics.embedders.TrainedClassifier`."""


def with_classifier(
    discriminator: keras.Model, classifier: Classifier, num_classes: int | None = None, frozen: bool = True
) -> keras.Model:
    """A discriminator that tells the class by a network of its own.

    Args:
        discriminator: from "images" float [N, H, W, C] in [-1, 1] to logits [N, 1]. Its layers become layers of the
            result.
        classifier: from the same images to class logits [N, K], before any softmax; or a `TrainedClassifier`, whose
            scaling to pixels in 0..255, and to its size if that is a smaller one, is put before it.
        num_classes: K, if it is known.
        frozen: whether the classifier stays as it is, bit for bit, and in inference mode. It is then a copy; else it
            has the given one's weights, which training changes, and is made `replica_exact`.

    Returns:
        Model "images" -> {"logits", "class_logits": float32 [N, K]}.

    Raises:
        ValueError: a classifier of other images or another number of classes, one that is not built, ends in a softmax
            or takes pixels in 0..255, or a discriminator that has class logits already; as `replica_exact`.
    """
    image_shape = tuple(discriminator.inputs[0].shape[1:])
    network = classifier_of_images(classifier, image_shape)
    outputs = discriminator.output if isinstance(discriminator.output, dict) else {"logits": discriminator.output}
    require(
        list(outputs) == ["logits"],
        "`discriminator` must have logits only, to be given a classifier of its own",
        outputs=list(outputs),
    )
    check_classifier(network, image_shape, num_classes)
    if frozen:
        copy = keras.models.clone_model(network)
        copy.set_weights(network.get_weights())
        network = Frozen(copy, name="classifier")
    else:
        network = replica_exact(network)
    outputs = {**outputs, "class_logits": network(discriminator.inputs[0])}
    return keras.Model(discriminator.input, outputs, name=f"{discriminator.name}_and_classifier")


def check_classifier(classifier: keras.Model, image_shape: tuple[int, ...], num_classes: int | None) -> None:
    """Raises `ValueError` unless a classifier makes one logit per class of images of this shape.

    Args:
        classifier: `keras.Model` from images in [-1, 1].
        image_shape: (height, width, channels).
        num_classes: K; None: any.
    """
    require(
        getattr(classifier, "inputs", None) is not None,
        "`classifier` must know its input: a functional model, or a `keras.Sequential` that is built",
        "Begin a `keras.Sequential` with `keras.Input(image_shape)`.",
        classifier=classifier.name,
    )
    takes, makes = tuple(classifier.inputs[0].shape[1:]), classifier.output_shape
    require(
        takes == tuple(image_shape),
        "`classifier` must take images of the shape that the data has",
        "Resize the images, or train a classifier on images of this shape.",
        classifier_input=takes,
        image_shape=tuple(image_shape),
    )
    one_row = isinstance(makes, tuple) and len(makes) == 2 and is_whole(makes[1])
    require(
        one_row and makes[1] >= 2 and num_classes in (None, makes[1]),
        "`classifier` must make one logit per class",
        classifier_output=makes,
        num_classes=num_classes,
    )
    activation = getattr(classifier.layers[-1], "activation", None)
    require(
        activation is not keras.activations.softmax and not isinstance(classifier.layers[-1], keras.layers.Softmax),
        "`classifier` must make logits, not the probabilities of a softmax",
        "Leave the softmax out.",
        last_layer=classifier.layers[-1].name,
    )


def classifier_of_images(classifier: Classifier, image_shape: tuple[int, int, int]) -> keras.Model:
    """A classifier of images in [-1, 1]; a `TrainedClassifier` is put behind layers that give it what it takes.

    These are a scaling to 0..255 and, where it takes smaller images (one of larger than 64 pixels is trained on shrunk
    ones), a resizing: that of its embedder, so that the logits are the embedder's.

    Args:
        classifier: as said.
        image_shape: (height, width, channels) of the data.

    Returns:
        A `TrainedClassifier` as a model of images of that shape, unless it takes larger ones or other channels; a
        `keras.Model` as it is. `check_classifier` refuses what does not fit.

    Raises:
        ValueError: neither a `keras.Model` nor a `TrainedClassifier`; or the model inside one of these by itself,
            which would see black images only.
    """
    if hasattr(classifier, "card") and isinstance(getattr(classifier, "model", None), keras.Model):
        return _of_trained(classifier.model, tuple(image_shape))
    require(
        isinstance(classifier, keras.Model),
        "`classifier` must be a `keras.Model` or a `TrainedClassifier`",
        "`load_classifier(path)` reads a trained one.",
        classifier=type(classifier).__name__,
    )
    require(
        not any(layer.name == "standardise" for layer in classifier.layers),
        "`classifier` must take images in [-1, 1]; this one takes pixels in 0..255",
        "Give the whole `TrainedClassifier`, not its `model`.",
        classifier=classifier.name,
    )
    return classifier


def _of_trained(model: keras.Model, image_shape: tuple[int, int, int]) -> keras.Model:
    """Images in [-1, 1] -> logits, by a model of pixels in 0..255."""
    height, width, channels = takes = tuple(model.inputs[0].shape[1:])
    shrinks = (
        channels == image_shape[2] and height <= image_shape[0] and width <= image_shape[1] and takes != image_shape
    )
    images = keras.Input(image_shape if shrinks else takes, name="images")
    x = keras.layers.Rescaling(127.5, offset=127.5, dtype="float32", name="to_pixels")(images)
    if shrinks:
        x = BilinearResizing((height, width), dtype="float32", name="to_size")(x)
    return keras.Model(images, model(x), name="trained_classifier")
