"""A small classifier: images float32 NHWC to logits float32 [N, num_classes]; layer "prelogits" has features."""

import keras

from tfgan_suite.core.checks import require


def small_cnn(
    image_shape: tuple[int, int, int], num_classes: int, *, seed: int = 0, preprocess: keras.layers.Layer | None = None
) -> keras.Model:
    """Four convolutions (32, 64, 128, 128 filters, the last three of stride 2), a dense layer of 128, and the logits.

    The classifier that the DDM thesis trains on MNIST to embed images ("a 4 layer CNN architecture, followed by a fully
    connected layer", Glorot initialisation). The dense layer of 128 and the dropout are added here, so that there is a
    compact feature layer; the thesis gives neither filter counts nor kernel sizes.

    Args:
        image_shape: (height, width, channels), each at least 1.
        num_classes: at least 2.
        seed: of the initial weights and of dropout.
        preprocess: a layer that the images go through first, such as one that scales 0..255; without it the images
            are those of the project, in [-1, 1].

    Returns:
        A model from "images" [N, H, W, C] to logits [N, num_classes]; its layer "prelogits" has 128 units.

    Raises:
        ValueError: an image shape that is not three positive numbers, or fewer than two classes.
    """
    images, hidden = classifier_input(image_shape, num_classes, preprocess)
    for index, (filters, strides) in enumerate(((32, 1), (64, 2), (128, 2), (128, 2))):
        hidden = keras.layers.Conv2D(
            filters,
            3,
            strides=strides,
            padding="same",
            activation="relu",
            kernel_initializer=keras.initializers.GlorotUniform(seed=seed + index),
            name=f"conv{index + 1}",
        )(hidden)
    hidden = keras.layers.Flatten()(hidden)  # [N, ceil(H / 8) * ceil(W / 8) * 128]
    hidden = keras.layers.Dense(
        128, activation="relu", kernel_initializer=keras.initializers.GlorotUniform(seed=seed + 4), name="prelogits"
    )(hidden)
    hidden = keras.layers.Dropout(0.4, seed=seed)(hidden)
    logits = keras.layers.Dense(
        num_classes, dtype="float32", kernel_initializer=keras.initializers.GlorotUniform(seed=seed + 5), name="logits"
    )(hidden)
    return keras.Model(images, logits, name="small_cnn")


def classifier_input(
    image_shape: tuple[int, int, int], num_classes: int, preprocess: keras.layers.Layer | None
) -> tuple[keras.KerasTensor, keras.KerasTensor]:
    """The input "images" of a classifier and what comes of it by `preprocess`, after checking the numbers.

    Raises:
        ValueError: an image shape that is not three positive numbers, or fewer than two classes.
    """
    require(
        len(image_shape) == 3 and min(image_shape) >= 1,
        "`image_shape` must be three positive numbers: height, width, channels",
        image_shape=tuple(image_shape),
    )
    require(num_classes >= 2, "`num_classes` must be at least 2", num_classes=num_classes)
    images = keras.Input(tuple(image_shape), name="images")
    return images, images if preprocess is None else preprocess(images)
