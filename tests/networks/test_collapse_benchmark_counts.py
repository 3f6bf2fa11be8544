"""Trainable parameters of the mode-collapse benchmarks' networks equal the original code bases' to the last one.

The networks are built in a scope without values, so that the largest, of 108 million weights, take no memory.
"""

import math

import keras
import pytest

from tfgan_suite.networks.dcgan import dcgan_discriminator, dcgan_generator
from tfgan_suite.networks.mgan import mgan_discriminator, mgan_generator
from tfgan_suite.networks.point_mlp import point_discriminator, point_generator
from tfgan_suite.networks.self_conditioned import (
    deep_discriminator,
    self_conditioned_generator,
    shallow_discriminator,
)
from tfgan_suite.networks.stability_resnet import stability_resnet_discriminator, stability_resnet_generator
from tfgan_suite.networks.unrolled_mnist import unrolled_mnist_discriminator, unrolled_mnist_generator

CIFAR, STACKED_MNIST = (32, 32, 3), (28, 28, 3)
IMAGENET, LSUN, CELEBA_HQ = (128, 128, 3), (256, 256, 3), (1024, 1024, 3)
ONE_BLOCK = {"blocks_per_scale": 1, "num_filters": 64, "max_filters": 1024}
ONE_BLOCK_1024 = {"blocks_per_scale": 1, "num_filters": 16, "max_filters": 512}

COUNTS = [
    # Self-conditioned GAN, points
    (lambda: point_generator(), 486_402),
    (lambda: point_generator(8), 499_458),
    (lambda: point_generator(25), 500_002),
    (lambda: point_generator(50), 500_802),
    (lambda: point_discriminator(), 405_201),
    (lambda: point_discriminator(8), 406_608),
    (lambda: point_discriminator(25), 410_025),
    (lambda: point_discriminator(50), 415_050),
    # PacGAN, points
    (lambda: point_generator(init="pacgan"), 484_802),
    (lambda: point_discriminator(init="pacgan"), 405_201),
    (lambda: point_discriminator(packing=2, init="pacgan"), 407_201),
    (lambda: point_discriminator(packing=3, init="pacgan"), 409_201),
    (lambda: point_discriminator(packing=4, init="pacgan"), 411_201),
    # MGAN's conditioning on PacGAN's network: 50 first layers with norms in the place of one; 50 class logits.
    (lambda: point_generator(50, conditioning="first_layer"), 486_402 + 49 * (2 * 400 + 400 + 2 * 400)),
    (lambda: point_generator(50, conditioning="first_layer", init="pacgan"), 484_802 + 49 * (2 * 400 + 2 * 400)),
    (lambda: point_discriminator(num_class_logits=50), 405_201 + 50 * 201),
    # Self-conditioned GAN, Stacked-MNIST and CIFAR-10
    (lambda: self_conditioned_generator(CIFAR), 3_812_355),
    (lambda: self_conditioned_generator(CIFAR, 10), 5_912_067),
    (lambda: self_conditioned_generator(CIFAR, 100), 5_935_107),
    (lambda: self_conditioned_generator(CIFAR, 1000), 6_165_507),
    (lambda: deep_discriminator(CIFAR), 2_935_873),
    (lambda: deep_discriminator(CIFAR, 10), 3_009_610),
    (lambda: deep_discriminator(CIFAR, 100), 3_746_980),
    (lambda: deep_discriminator(CIFAR, num_class_logits=10), 2_935_873 + 10 * 8193),
    (lambda: deep_discriminator(CIFAR, packing=2), 2_935_873 + 9 * 3 * 64),
    (lambda: shallow_discriminator(CIFAR), 2_760_513),
    (lambda: shallow_discriminator(CIFAR, 100), 2_963_364),
    (lambda: shallow_discriminator(CIFAR, 1000), 4_807_464),
    # Self-conditioned GAN and GAN_stability, large images
    (lambda: stability_resnet_generator(IMAGENET), 96_085_443),
    (lambda: stability_resnet_generator(IMAGENET, 100), 100_305_347),
    (lambda: stability_resnet_generator(IMAGENET, 365), 100_373_187),
    (lambda: stability_resnet_generator(IMAGENET, 1000), 100_535_747),
    (lambda: stability_resnet_discriminator(IMAGENET), 91_892_161),
    (lambda: stability_resnet_discriminator(IMAGENET, 100), 93_514_276),
    (lambda: stability_resnet_discriminator(IMAGENET, 365), 97_856_301),
    (lambda: stability_resnet_discriminator(IMAGENET, 1000), 108_260_776),
    (lambda: stability_resnet_generator(LSUN, 1, label_dims=1, **ONE_BLOCK), 52_154_052),
    (lambda: stability_resnet_discriminator(LSUN, **ONE_BLOCK), 47_944_385),
    (lambda: stability_resnet_generator(CELEBA_HQ, 1, label_dims=1, **ONE_BLOCK_1024), 18_810_036),
    (lambda: stability_resnet_discriminator(CELEBA_HQ, **ONE_BLOCK_1024), 16_705_201),
    # MGAN, CIFAR-10
    (lambda: mgan_generator(CIFAR, 10), 12_544_131),
    (lambda: mgan_discriminator(CIFAR, 10), 4_198_411),
    # PacGAN, Stacked-MNIST: the networks of DCGAN-TensorFlow with the channels of `packing` images
    (lambda: dcgan_generator(STACKED_MNIST), 4_514_819),
    (lambda: dcgan_discriminator((28, 28, 3)), 4_310_401),
    (lambda: dcgan_discriminator((28, 28, 6)), 4_315_201),
    (lambda: dcgan_discriminator((28, 28, 9)), 4_320_001),
    (lambda: dcgan_discriminator((28, 28, 12)), 4_324_801),
    # PacGAN, Stacked-MNIST in Unrolled GAN's setting
    (lambda: unrolled_mnist_generator(), 287_875),
    (lambda: unrolled_mnist_discriminator(), 1_889),
    (lambda: unrolled_mnist_discriminator(packing=2), 1_997),
    (lambda: unrolled_mnist_discriminator(packing=3), 2_105),
    (lambda: unrolled_mnist_discriminator(packing=4), 2_213),
    (lambda: unrolled_mnist_discriminator(num_filters=2), 585),
    (lambda: unrolled_mnist_discriminator(packing=2, num_filters=2), 639),
    (lambda: unrolled_mnist_discriminator(packing=3, num_filters=2), 693),
    (lambda: unrolled_mnist_discriminator(packing=4, num_filters=2), 747),
]


@pytest.mark.parametrize(("build", "count"), COUNTS)
def test_trainable_parameters(build, count):
    with keras.StatelessScope(initialize_variables=False):
        network = build()
        shapes = [variable.shape for variable in network.trainable_variables]
    assert sum(math.prod(shape) for shape in shapes) == count


@pytest.mark.parametrize(
    ("build", "width"),
    [
        (lambda: point_discriminator(), 200),
        (lambda: deep_discriminator(CIFAR), 8192),
        (lambda: shallow_discriminator(CIFAR), 2048),
        (lambda: stability_resnet_discriminator(IMAGENET), 16384),
        (lambda: mgan_discriminator(CIFAR), 8192),
    ],
)
def test_width_of_the_features(build, width):
    with keras.StatelessScope(initialize_variables=False):
        assert build().get_layer("features").output.shape == (None, width)
