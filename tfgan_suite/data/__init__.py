"""Images and points from any source, and the batches that a GAN is trained on."""

from tfgan_suite.core.lazy import lazy_names

__all__, __getattr__, __dir__ = lazy_names(
    __name__,
    {
        "image_set": ("Images", "Split"),
        "images": ("load_images",),
        "mixtures": ("GaussianMixture", "grid_mixture", "nine_gaussians", "ring_mixture"),
        "partial_labels": ("hide_labels",),
        "pipeline": ("TrainingBatches",),
        "points": ("Points", "mixture_points"),
        "resident": ("ResidentBatches",),
        "smoothing": ("GaussianSmoothing", "Smoothing", "TunableSmoothing", "gaussian_blur", "tunable_sigmoid"),
        "spheres": ("SphereSet", "sharp_spheres", "smooth_spheres", "tunable_spheres", "two_spheres"),
        "stacked_mnist": ("digit_labels", "split_channels", "stacked_digits", "stacked_labels"),
    },
)
