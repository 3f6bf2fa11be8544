"""GANs as Keras models: the base and the papers' differences from it."""

from tfgan_suite.models.acgan import ACGAN
from tfgan_suite.models.base import GAN
from tfgan_suite.models.cingan import CINGAN
from tfgan_suite.models.dcgan import DCGAN
from tfgan_suite.models.wgan_gp import WGANGP

__all__ = ["ACGAN", "CINGAN", "DCGAN", "GAN", "WGANGP"]
