"""The residual network of the WGAN-GP code base for CIFAR-10 (Gulrajani et al. 2017, igul222 `gan_cifar_resnet.py`).

For 32x32x3, 128 filters and 10 classes the parameter counts are the original's: conditional generator 1,218,307,
unconditional 1,204,483; critic with the auxiliary head 1,055,115, without 1,053,825. For other sizes 4 * 2^k the
generator has k blocks, and the critic halves the map down to 8x8 (at least once) before its two blocks without halving.

Departures: axes are NHWC, not NCHW. The norms use moving averages (momentum 0.9) in inference, where the original takes
batch statistics also when it samples. The 1x1 convolutions of the shortcuts run on the smaller map, before the
enlargement and after the pooling; they commute with both, so that the function and its parameters are the same.
"""

import keras
from keras import layers

from tfgan_suite.core.checks import require, require_in, require_positive
from tfgan_suite.networks import blocks
from tfgan_suite.networks.initializers import iwgan_conv, iwgan_linear

NUM_PLAIN_BLOCKS = 2


def resnet_generator(
    image_shape: tuple[int, int, int],
    num_classes: int | None = None,
    latent_dim: int = 128,
    num_filters: int = 128,
    norm: str | None = None,
) -> keras.Model:
    """Generator: linear, residual blocks that double the map, batch norm, ReLU, 3x3 convolution, tanh.

    Args:
        image_shape: (size, size, channels), size 8, 16, 32, 64, 128 or 256.
        num_classes: number of labels; None makes an unconditional generator.
        latent_dim: length of the latents.
        num_filters: filters of every map.
        norm: of the blocks: "cbn" (the original's, default with labels) or "cin", which need `num_classes`; "batch"
            (default without labels). The last norm is "batch" always, as in the original.

    Returns:
        Model "latents" float [N, latent_dim] -> images float32 in [-1, 1], or with `num_classes`
        ["latents", "labels" int32 [N]] -> images.

    Raises:
        ValueError: an image size that the network cannot make, a number below 1, an unknown norm, or a conditional
            norm without `num_classes`.
    """
    num_blocks = blocks.num_doublings(image_shape)
    require_positive(num_filters=num_filters)
    norm = norm or ("batch" if num_classes is None else "cbn")
    require_in(("batch", "cbn", "cin"), norm=norm)
    require(
        (norm == "batch") == (num_classes is None),
        '`norm` must be "cbn" or "cin" with `num_classes`, and "batch" without',
        norm=norm,
        num_classes=num_classes,
    )
    latents = blocks.latents_input(latent_dim)
    labels = None if num_classes is None else blocks.labels_input(num_classes)
    units = blocks.BASE_SIZE**2 * num_filters
    x = layers.Dense(units, kernel_initializer=iwgan_linear(latent_dim, units), name="stem_linear")(latents)
    x = layers.Reshape((blocks.BASE_SIZE, blocks.BASE_SIZE, num_filters), name="stem_maps")(x)  # -> [N, 4, 4, F]
    for index in range(1, num_blocks + 1):
        x = _block_up(x, f"up{index}", norm, labels, num_classes)
    x = layers.ReLU(name="images_relu")(blocks.batch_norm(x, "images_norm"))
    x = _conv3x3(x, image_shape[-1], "images_conv", he=False)
    inputs = latents if labels is None else [latents, labels]
    return keras.Model(inputs, blocks.tanh_images(x), name="resnet_generator")


def resnet_discriminator(
    image_shape: tuple[int, int, int], num_classes: int | None = None, num_filters: int = 128
) -> keras.Model:
    """Critic: residual blocks without norms, ReLU, mean over the map, one linear head or two.

    Args:
        image_shape: (size, size, channels), size 8, 16, 32, 64, 128 or 256.
        num_classes: number of labels of the auxiliary classifier; None leaves it out.
        num_filters: filters of every map.

    Returns:
        Model "images" -> logits float32 [N, 1], or with `num_classes` -> {"logits": float32 [N, 1], "class_logits":
        float32 [N, num_classes]}; the layer "features" holds the mean over the last map.

    Raises:
        ValueError: an image size that the network cannot read, or a number below 1.
    """
    num_halvings = max(1, blocks.num_doublings(image_shape) - 1)
    require_positive(num_filters=num_filters)
    images = blocks.images_input(image_shape)
    x = _first_block_down(images, num_filters, "down1")
    for index in range(2, num_halvings + 1):
        x = _block_down(x, f"down{index}")
    for index in range(1, NUM_PLAIN_BLOCKS + 1):
        x = layers.Add(name=f"plain{index}")([x, _pre_activated_convs(x, f"plain{index}")])
    x = blocks.relu(x, "features_relu")
    features = layers.GlobalAveragePooling2D(name="features")(x)
    logits = blocks.float32_linear(features, 1, iwgan_linear(num_filters, 1), "logits")
    if num_classes is None:
        return keras.Model(images, logits, name="resnet_discriminator")
    require_positive(num_classes=num_classes)
    initializer = iwgan_linear(num_filters, num_classes)
    class_logits = blocks.float32_linear(features, num_classes, initializer, "class_logits")
    return keras.Model(images, {"logits": logits, "class_logits": class_logits}, name="resnet_discriminator")


def _conv3x3(x: keras.KerasTensor, filters: int, name: str, he: bool = True) -> keras.KerasTensor:
    initializer = iwgan_conv(3, x.shape[-1], filters, he=he)
    return layers.Conv2D(filters, 3, padding="same", kernel_initializer=initializer, name=name)(x)


def _shortcut(x: keras.KerasTensor, filters: int, name: str) -> keras.KerasTensor:
    initializer = iwgan_conv(1, x.shape[-1], filters, he=False)
    return layers.Conv2D(filters, 1, kernel_initializer=initializer, name=f"{name}_shortcut")(x)


def _pre_activated_convs(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
    filters = x.shape[-1]
    for index in (1, 2):
        x = blocks.relu(x, f"{name}_relu{index}")
        x = _conv3x3(x, filters, f"{name}_conv{index}")
    return x


def _block_up(
    x: keras.KerasTensor, name: str, norm: str, labels: keras.KerasTensor | None, num_classes: int | None
) -> keras.KerasTensor:
    filters = x.shape[-1]
    shortcut = layers.UpSampling2D(name=f"{name}_shortcut_double")(_shortcut(x, filters, name))
    x = blocks.norm(norm, x, f"{name}_norm1", labels, num_classes)
    x = layers.UpSampling2D(name=f"{name}_double")(layers.ReLU(name=f"{name}_relu1")(x))
    x = _conv3x3(x, filters, f"{name}_conv1")
    x = blocks.norm(norm, x, f"{name}_norm2", labels, num_classes)
    x = _conv3x3(layers.ReLU(name=f"{name}_relu2")(x), filters, f"{name}_conv2")
    return layers.Add(name=name)([shortcut, x])


def _block_down(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
    shortcut = _shortcut(layers.AveragePooling2D(2, name=f"{name}_shortcut_halve")(x), x.shape[-1], name)
    x = layers.AveragePooling2D(2, name=f"{name}_halve")(_pre_activated_convs(x, name))
    return layers.Add(name=name)([shortcut, x])


def _first_block_down(images: keras.KerasTensor, filters: int, name: str) -> keras.KerasTensor:
    # No activation before the first convolution: it would cut off the images' negative half.
    shortcut = _shortcut(layers.AveragePooling2D(2, name=f"{name}_shortcut_halve")(images), filters, name)
    x = blocks.relu(_conv3x3(images, filters, f"{name}_conv1"), f"{name}_relu")
    x = layers.AveragePooling2D(2, name=f"{name}_halve")(_conv3x3(x, filters, f"{name}_conv2"))
    return layers.Add(name=name)([shortcut, x])
