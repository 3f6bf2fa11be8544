"""Networks: functions that return `keras.Model`, without any training."""

from tfgan_suite.networks.cingan import cingan_discriminator, cingan_generator
from tfgan_suite.networks.classifiers import small_cnn
from tfgan_suite.networks.dcgan import acgan_discriminator, acgan_generator, dcgan_discriminator, dcgan_generator
from tfgan_suite.networks.dcgan_conditional import dcgan_conditional_discriminator, dcgan_conditional_generator
from tfgan_suite.networks.dense import dense_discriminator, dense_generator
from tfgan_suite.networks.encoders import conv_decoder, conv_encoder, rotation_network
from tfgan_suite.networks.improved_gan import (
    improved_gan_dense_discriminator,
    improved_gan_dense_generator,
    improved_gan_discriminator,
    improved_gan_generator,
)
from tfgan_suite.networks.infogan import infogan_discriminator, infogan_generator
from tfgan_suite.networks.inversion import inversion_encoder
from tfgan_suite.networks.mgan import mgan_discriminator, mgan_generator
from tfgan_suite.networks.point_mlp import point_discriminator, point_generator
from tfgan_suite.networks.resnet import resnet_discriminator, resnet_generator
from tfgan_suite.networks.self_conditioned import deep_discriminator, self_conditioned_generator, shallow_discriminator
from tfgan_suite.networks.stability_resnet import stability_resnet_discriminator, stability_resnet_generator
from tfgan_suite.networks.unet import unet_delta_generator
from tfgan_suite.networks.unrolled_mnist import unrolled_mnist_discriminator, unrolled_mnist_generator
from tfgan_suite.networks.wgan_gp import wgan_gp_discriminator, wgan_gp_generator
from tfgan_suite.networks.wide_resnet import wide_resnet
from tfgan_suite.networks.with_classifier import with_classifier

__all__ = [
    "acgan_discriminator",
    "acgan_generator",
    "cingan_discriminator",
    "cingan_generator",
    "conv_decoder",
    "conv_encoder",
    "dcgan_conditional_discriminator",
    "dcgan_conditional_generator",
    "dcgan_discriminator",
    "dcgan_generator",
    "deep_discriminator",
    "dense_discriminator",
    "dense_generator",
    "improved_gan_dense_discriminator",
    "improved_gan_dense_generator",
    "improved_gan_discriminator",
    "improved_gan_generator",
    "infogan_discriminator",
    "infogan_generator",
    "inversion_encoder",
    "mgan_discriminator",
    "mgan_generator",
    "point_discriminator",
    "point_generator",
    "resnet_discriminator",
    "resnet_generator",
    "rotation_network",
    "self_conditioned_generator",
    "shallow_discriminator",
    "small_cnn",
    "stability_resnet_discriminator",
    "stability_resnet_generator",
    "unet_delta_generator",
    "unrolled_mnist_discriminator",
    "unrolled_mnist_generator",
    "wgan_gp_discriminator",
    "wgan_gp_generator",
    "wide_resnet",
    "with_classifier",
]
