"""An encoder that inverts a generator: from images to features, and from those to latents and classes."""

import random

import keras

from tfgan_suite.core.checks import require, require_positive
from tfgan_suite.networks import blocks
from tfgan_suite.networks.encoders import conv_encoder

FEATURES, LATENTS, CLASS_LOGITS = "features", "latents", "class_logits"


def inversion_encoder(
    image_shape: tuple[int, int, int],
    latent_dim: int,
    num_classes: int | None = None,
    *,
    feature_dims: int = 256,
    num_filters: int = 32,
    seed: int = 0,
) -> keras.Model:
    """The encoder of the self-conditioned GAN paper (section 4.4.1): F : x -> r, F_z : r -> z and F_c : r -> c.

    F is `conv_encoder`; each head is a hidden layer of `feature_dims` with leaky ReLU 0.2 and a linear one.

    Args:
        image_shape: (height, width, channels), each at least 1.
        latent_dim: length of z.
        num_classes: of F_c; None for a generator without labels: there is no F_c then.
        feature_dims: length of r.
        num_filters: filters of the first convolution of F.
        seed: of the initial weights.

    Returns:
        Model "images" float [N, H, W, C] in [-1, 1] -> {"features": r float32 [N, feature_dims], "latents": float32
        [N, latent_dim], and with classes "class_logits": float32 [N, num_classes]}.

    Raises:
        ValueError: an image shape that is not three positive numbers, or a number below 1.

    Departure: the paper does not describe F; this one is small enough for a CPU. There is no batch norm, so that a row
    of the output depends on its image alone.
    """
    require_positive(latent_dim=latent_dim)
    require(
        num_classes is None or num_classes >= 1, "`num_classes` must be None or at least 1", num_classes=num_classes
    )
    trunk = conv_encoder(image_shape, feature_dims, num_filters, seed=seed)
    features = trunk.output
    seeds = random.Random(f"inversion {seed}")

    def head(name: str, units: int) -> keras.KerasTensor:
        hidden = keras.layers.Dense(
            feature_dims, kernel_initializer=keras.initializers.HeNormal(seeds.randrange(2**31)), name=f"{name}_hidden"
        )(blocks.lrelu(features, f"{name}_input"))
        initializer = keras.initializers.GlorotUniform(seeds.randrange(2**31))
        return blocks.float32_linear(blocks.lrelu(hidden, f"{name}_lrelu"), units, initializer, name)

    outputs = {FEATURES: features, LATENTS: head(LATENTS, latent_dim)}
    if num_classes is not None:
        outputs[CLASS_LOGITS] = head(CLASS_LOGITS, num_classes)
    return keras.Model(trunk.inputs[0], outputs, name="inversion_encoder")
