"""The self-conditioned GAN's studies: images and mixtures."""
