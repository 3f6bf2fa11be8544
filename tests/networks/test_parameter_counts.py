"""Trainable parameters equal the original code bases' to the last one."""

import math

import pytest

from tfgan_suite import networks

CIFAR, MNIST = (32, 32, 3), (28, 28, 1)

COUNTS = [
    (lambda: networks.dcgan_generator(CIFAR), 4_514_819),
    (lambda: networks.dcgan_discriminator(CIFAR), 4_310_401),
    (lambda: networks.dcgan_generator((64, 64, 3)), 5_135_363),
    (lambda: networks.dcgan_discriminator((64, 64, 3)), 4_316_545),
    (lambda: networks.dcgan_generator((128, 128, 3)), 7_617_539),
    (lambda: networks.dcgan_discriminator((128, 128, 3)), 4_341_121),
    (lambda: networks.dcgan_generator(MNIST), 4_511_617),
    (lambda: networks.dcgan_discriminator(MNIST), 4_307_201),
    # Layer by layer: weights and biases, a gamma and a beta per unit or channel with batch norm.
    (lambda: networks.infogan_generator(MNIST), 105_472 + 6_441_344 + 131_264 + 1_025),
    (lambda: networks.infogan_discriminator(MNIST), 1_088 + 131_456 + 6_425_600 + 1_025),
    (lambda: networks.infogan_generator(MNIST, num_classes=10), 6_679_105 + 10 * 1_024),
    (lambda: networks.infogan_discriminator(MNIST, num_classes=10), 6_559_169 + 10 * 1_025),
    # Without batch norm a gamma and a beta fewer per channel; three convolutions instead of four counted by hand.
    (lambda: networks.dcgan_generator(MNIST, norm="none"), 4_511_617 - 2 * 960),
    (lambda: networks.dcgan_discriminator(MNIST, norm="none"), 4_307_201 - 2 * 896),
    (lambda: networks.dcgan_generator(MNIST, num_convolutions=3), 4_308_225),
    (lambda: networks.dcgan_discriminator(MNIST, num_convolutions=3), 1_848_833),
    (lambda: networks.improved_gan_generator(CIFAR), 4_933_382),
    (lambda: networks.improved_gan_discriminator(CIFAR, 10), 1_406_804),
    (lambda: networks.improved_gan_dense_generator(MNIST), 694_568),
    (lambda: networks.improved_gan_dense_discriminator(MNIST, 10), 1_538_770),
    # One logit in place of ten, each with a bias and a scale; biases in place of betas leave the number as it is.
    (lambda: networks.improved_gan_discriminator(CIFAR), 1_406_804 - 9 * (192 + 2)),
    (lambda: networks.improved_gan_generator(CIFAR, norm="none"), 4_933_382),
    (lambda: networks.dcgan_conditional_generator(10), 7_065_211),
    (lambda: networks.dcgan_conditional_discriminator(10), 3_769_479),
    (lambda: networks.wgan_gp_generator(CIFAR), 5_179_907),
    (lambda: networks.wgan_gp_discriminator(CIFAR), 4_114_689),
    (lambda: networks.wgan_gp_discriminator(CIFAR, norm="batch"), 4_116_225),
    (lambda: networks.wgan_gp_discriminator(CIFAR, norm="layer"), 4_116_225),
    (lambda: networks.resnet_generator(CIFAR, num_classes=10), 1_218_307),
    (lambda: networks.resnet_generator(CIFAR, num_classes=10, norm="cin"), 1_218_307),
    (lambda: networks.resnet_generator(CIFAR), 1_204_483),
    (lambda: networks.resnet_discriminator(CIFAR, num_classes=10), 1_055_115),
    (lambda: networks.resnet_discriminator(CIFAR), 1_053_825),
    # The label enters AC-GAN's generator beside the latents, and leaves its discriminator as one more linear layer.
    (lambda: networks.acgan_generator(CIFAR, 10), 4_514_819 + 10 * 4 * 512),
    (lambda: networks.acgan_discriminator(CIFAR, 10), 4_310_401 + 10 * (2048 + 1)),
    # The WGAN-GP network with tables of gamma and beta in the place of its norms, and with a class head.
    (lambda: networks.cingan_generator(CIFAR, 10), 5_179_907 - 2 * 8192 - 2 * 384 + 2 * 10 * (512 + 256 + 128)),
    (lambda: networks.cingan_discriminator(CIFAR, 10), 4_114_689 + 10 * (8192 + 1) + 2 * 384),
    (lambda: networks.cingan_discriminator(CIFAR, 10, norm="cin"), 4_114_689 + 10 * (8192 + 1) + 2 * 10 * 384),
    (lambda: networks.cingan_discriminator(CIFAR, 10, norm="none"), 4_114_689 + 10 * (8192 + 1)),
]


@pytest.mark.parametrize(("build", "count"), COUNTS)
def test_trainable_parameters(build, count):
    network = build()
    assert sum(math.prod(variable.shape) for variable in network.trainable_variables) == count
