"""The names of the methods that the self-conditioned GAN's study compares. Importing this imports no TensorFlow."""

TITLES = {
    "gan": "GAN",
    "pacgan2": "PacGAN2",
    "pacgan3": "PacGAN3",
    "pacgan4": "PacGAN4",
    "mgan": "MGAN",
    "random_labels": "Random labels",
    "class_conditional": "Class-conditional",
    "logo_gan_ae": "Logo-GAN-AE",
    "logo_gan_rc": "Logo-GAN-RC",
    "rotnet": "RotNet features",
    "self_conditioned": "Self-conditioned",
    "online": "Self-conditioned, online k-means",
    "supervised_start": "Self-conditioned, supervised start",
    "no_start": "Self-conditioned, no centroid start",
    "no_matching": "Self-conditioned, no matching",
}
"""Every method: its name -> its name in a table."""

RECLUSTERED = ("self_conditioned", "supervised_start", "no_start", "no_matching")
"""Methods whose clusters are made anew while they learn."""

DATA_CLASSES = "the classes of the data"
"""What labels of generated images are where they are those of real ones."""

FIXED_FEATURES = ("logo_gan_ae", "logo_gan_rc", "rotnet")
"""Methods whose labels are clusters of features that do not change."""
