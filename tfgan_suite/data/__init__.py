"""Images from any source, and the batches that a GAN is trained on."""

from tfgan_suite.data.image_set import Images, Split
from tfgan_suite.data.images import load_images
from tfgan_suite.data.pipeline import TrainingBatches
from tfgan_suite.data.smoothing import GaussianSmoothing, gaussian_blur

__all__ = ["GaussianSmoothing", "Images", "Split", "TrainingBatches", "gaussian_blur", "load_images"]
