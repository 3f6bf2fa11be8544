"""Checks that the networks of a GAN fit each other, and that data fits them, before anything is compiled."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tfgan_suite.core.checks import require
from tfgan_suite.core.labels import require_known


def check_networks(
    generator: keras.Model, discriminator: keras.Model, num_classes: int | None, packing: int = 1
) -> None:
    """Compares shapes, inputs and outputs of the two networks; `packing` samples make one of the discriminator's.

    Raises:
        ValueError: the discriminator takes other images than the generator makes, a network takes labels but there are
            no classes, or the logits are neither one per image nor one per class.
    """
    *made, channels = generator.output_shape[1:]
    made, judged = (*made, channels * packing), discriminator.inputs[0].shape[1:]
    require(
        tuple(made) == tuple(judged),
        "`generator` must make images of the shape that `discriminator` takes",
        generator_output=tuple(made),
        discriminator_input=tuple(judged),
    )
    conditional = max(len(generator.inputs), len(discriminator.inputs)) > 1
    require(
        num_classes is not None or not conditional,
        "`num_classes` must be given, since a network takes labels",
        num_classes=num_classes,
    )
    outputs = discriminator.output if isinstance(discriminator.output, dict) else {"logits": discriminator.output}
    require(
        "logits" in outputs,
        '`discriminator` must have an output "logits"',
        outputs=list(outputs),
    )
    shape = tuple(outputs["logits"].shape[1:])
    require(
        shape == (1,) or shape == (num_classes,),
        "`discriminator` must make one logit per image, or one per class",
        logits_shape=shape,
        num_classes=num_classes,
    )


def check_class_head(discriminator: keras.Model, num_classes: int | None) -> None:
    """Raises `ValueError` unless the discriminator has an output "class_logits" [N, num_classes]."""
    outputs = discriminator.output if isinstance(discriminator.output, dict) else {}
    shape = tuple(outputs["class_logits"].shape[1:]) if "class_logits" in outputs else None
    require(
        num_classes is not None and shape == (num_classes,),
        '`discriminator` must have an output "class_logits" with one logit per class',
        class_logits_shape=shape,
        num_classes=num_classes,
    )


# Their gradients of gradients are wrong (Keras 3.15): the moments are taken as constants, or most of it is lost.
FIRST_ORDER_ONLY = (
    keras.layers.BatchNormalization,
    keras.layers.GroupNormalization,
    keras.layers.LayerNormalization,
    keras.layers.Resizing,
)


def check_second_order(discriminator: keras.Model) -> None:
    """Raises `ValueError` if a penalty on the discriminator's gradient would be trained by wrong gradients."""
    layers = discriminator._flatten_layers(include_self=False)
    wrong = [
        layer.name
        for layer in layers
        if isinstance(layer, FIRST_ORDER_ONLY)
        or (isinstance(layer, keras.layers.UpSampling2D) and layer.interpolation != "nearest")
    ]
    require(
        not wrong,
        "Under a gradient penalty or R1 every layer of `discriminator` must have right second-order gradients",
        "Use the norms of `tfgan_suite.layers`, or none.",
        layers=wrong,
    )


def check_element(element: Any, image_shape: tuple[int, ...], num_classes: int | None) -> None:
    """Compares the `tf.TensorSpec`s of grouped batches, images [B, n, H, W, C] and labels [B, n], with a GAN.

    Raises:
        ValueError: images of another shape than `image_shape`, or labels missing.
    """
    images, labels = element if isinstance(element, tuple) else (element, None)
    require(
        tuple(images.shape[2:]) == tuple(image_shape),
        "The images must have the shape that the generator makes",
        "Load them with that `image_size`, or build the model with `for_images`.",
        images_shape=tuple(images.shape[2:]),
        generator_output=tuple(image_shape),
    )
    require(
        num_classes is None or labels is not None,
        "A conditional GAN must be given labels",
        "Use labelled images, or `images.with_labels(cluster_ids, num_classes)`.",
        num_classes=num_classes,
        labels=None,
    )


def count_labels(labels: Any, num_classes: int) -> np.ndarray:
    """Images of each class, int64 [num_classes].

    Raises:
        ValueError: `labels` are not whole numbers in [0, num_classes).
    """
    labels = np.asarray(labels)
    require(
        np.issubdtype(labels.dtype, np.integer) and labels.ndim == 1,
        "`y` must hold one whole number per image",
        dtype=str(labels.dtype),
        shape=labels.shape,
    )
    require_known(y=labels, num_classes=num_classes)
    return np.bincount(labels, minlength=num_classes)


def check_example_ids(batches: Any, num_examples: int) -> None:
    """Raises `ValueError` unless batches bring the ids of `num_examples` examples; a plain data set is not looked into.

    Labels taken for ids would train a GAN on the labels of other images, without a sign of it.
    """
    if isinstance(batches, tf.data.Dataset):
        return
    require(
        getattr(batches, "with_example_ids", False) and batches.num_examples == num_examples,
        "A GAN with `num_examples` must be given batches with as many example ids",
        "Make them by `images.training_batches(batch_size, with_example_ids=True)` from the images the model is for.",
        num_examples=num_examples,
        with_example_ids=getattr(batches, "with_example_ids", False),
        num_examples_of_batches=getattr(batches, "num_examples", None),
    )
