"""GANs as Keras models: the base and the papers' differences from it."""

from tfgan_suite.models.acgan import ACGAN
from tfgan_suite.models.base import GAN
from tfgan_suite.models.cingan import CINGAN
from tfgan_suite.models.cluster_classifier import ClusterClassifier, train_cluster_classifier
from tfgan_suite.models.dcgan import DCGAN
from tfgan_suite.models.frozen_generator import FrozenGeneratorGAN
from tfgan_suite.models.heuristics import Heuristics
from tfgan_suite.models.improved_gan import ImprovedGAN
from tfgan_suite.models.mgan import MGAN
from tfgan_suite.models.mmgan import MMGAN
from tfgan_suite.models.mmgan_clusterer import MMGANClusterer
from tfgan_suite.models.modnet import ModNet
from tfgan_suite.models.online_self_conditioned import OnlineSelfConditionedGAN
from tfgan_suite.models.pacgan import PacGAN
from tfgan_suite.models.self_conditioned import SelfConditionedGAN
from tfgan_suite.models.wgan_gp import WGANGP

__all__ = [
    "ACGAN",
    "CINGAN",
    "DCGAN",
    "GAN",
    "MGAN",
    "MMGAN",
    "WGANGP",
    "ClusterClassifier",
    "FrozenGeneratorGAN",
    "Heuristics",
    "ImprovedGAN",
    "MMGANClusterer",
    "ModNet",
    "OnlineSelfConditionedGAN",
    "PacGAN",
    "SelfConditionedGAN",
    "train_cluster_classifier",
]
