"""MM-GAN's studies: toy data, clustering, quality against diversity."""
