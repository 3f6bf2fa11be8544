"""A discriminator and a classifier as one network with two outputs, as AC-GAN's is."""

from typing import Any

import keras

from tfgan_suite.core.checks import require
from tfgan_suite.layers.frozen import Frozen

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
            scaling to pixels in 0..255 is put before it.
        num_classes: K, if it is known.
        frozen: whether the classifier stays as it is, bit for bit, and in inference mode. It is then a copy; else it
            is the given one, which training changes.

    Returns:
        Model "images" -> {"logits", "class_logits": float32 [N, K]}.

    Raises:
        ValueError: a classifier of other images or another number of classes, one that ends in a softmax or takes
            pixels in 0..255, or a discriminator that has class logits already.
    """
    network = classifier_of_images(classifier)
    outputs = discriminator.output if isinstance(discriminator.output, dict) else {"logits": discriminator.output}
    require(
        list(outputs) == ["logits"],
        "`discriminator` must have logits only, to be given a classifier of its own",
        outputs=list(outputs),
    )
    images = discriminator.inputs[0]
    check_classifier(network, tuple(images.shape[1:]), num_classes)
    if frozen:
        copy = keras.models.clone_model(network)
        copy.set_weights(network.get_weights())
        network = Frozen(copy, name="classifier")
    return keras.Model(
        discriminator.input, {**outputs, "class_logits": network(images)}, name=f"{discriminator.name}_and_classifier"
    )


def check_classifier(classifier: keras.Model, image_shape: tuple[int, ...], num_classes: int | None) -> None:
    """Raises `ValueError` unless a classifier makes one logit per class of images of this shape.

    Args:
        classifier: `keras.Model` from images in [-1, 1].
        image_shape: (height, width, channels).
        num_classes: K; None: any.
    """
    takes, makes = tuple(classifier.inputs[0].shape[1:]), getattr(classifier.output, "shape", None)
    require(
        takes == tuple(image_shape),
        "`classifier` must take images of the shape that the data has",
        "Resize the images, or train a classifier on images of this shape.",
        classifier_input=takes,
        image_shape=tuple(image_shape),
    )
    require(
        makes is not None and len(makes) == 2 and makes[1] >= 2 and num_classes in (None, makes[1]),
        "`classifier` must make one logit per class",
        classifier_output=None if makes is None else tuple(makes),
        num_classes=num_classes,
    )
    activation = getattr(classifier.layers[-1], "activation", None)
    require(
        activation is not keras.activations.softmax and not isinstance(classifier.layers[-1], keras.layers.Softmax),
        "`classifier` must make logits, not the probabilities of a softmax",
        "Leave the softmax out.",
        last_layer=classifier.layers[-1].name,
    )


def classifier_of_images(classifier: Classifier) -> keras.Model:
    """A classifier of images in [-1, 1]; a `TrainedClassifier` takes 0..255, so it is put behind a scaling layer.

    Raises:
        ValueError: neither a `keras.Model` nor a `TrainedClassifier`; or the model inside one of these by itself,
            which would see black images only.
    """
    if hasattr(classifier, "card") and isinstance(getattr(classifier, "model", None), keras.Model):
        model = classifier.model
        images = keras.Input(model.inputs[0].shape[1:], name="images")
        scaled = keras.layers.Rescaling(127.5, offset=127.5, dtype="float32", name="to_pixels")(images)
        return keras.Model(images, model(scaled), name="trained_classifier")
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
