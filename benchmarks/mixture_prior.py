"""MM-GAN: what its prior costs of a training step, and the quality score's search against one matrix product.

`python -m benchmarks.mixture_prior [--quick]`. DCGAN's networks at 28 x 28 with 64 filters, batches of 64 and 128, 100
latents. The prior's part of a step is timed by itself, since the difference of two whole steps is lost in their noise:
drawing the latents of both batches, and for a dynamic prior its gradients and Adam. From it the part of a normal prior
is taken off. The search is that of `quality_scores`: 10,000 generated among 60,000 training features of 128 dimensions,
beside the product of the two matrices.
"""

from multiprocessing.connection import Connection
from typing import Any

from benchmarks import measuring
from benchmarks.measuring import Worker, serve_steps
from benchmarks.paced_fit import serve_fit

LATENT_DIM, BATCH_SIZE, GENERATOR_BATCH_SIZE = 100, 64, 128
PRIORS = {
    "static, K = 10": {"num_gaussians": 10},
    "diagonal, K = 10": {"num_gaussians": 10, "covariance": "diagonal"},
    "full, K = 10": {"num_gaussians": 10, "covariance": "full"},
    "full, K = 30": {"num_gaussians": 30, "covariance": "full"},
}


def training_step(connection: Connection, num_filters: int) -> None:
    """A worker: whole steps of a static MM-GAN, through `fit`."""
    import numpy as np

    from tfgan_suite.data import load_images
    from tfgan_suite.models import MMGAN

    images = load_images(np.random.default_rng(0).integers(0, 256, (4096, 28, 28, 1), np.uint8))
    gan = MMGAN.for_images(images, latent_dim=LATENT_DIM, num_filters=num_filters)
    gan.compile()
    serve_fit(connection, gan, images.training_batches(BATCH_SIZE))


def prior_part(connection: Connection, **how: Any) -> None:
    """A worker: what a step asks of its prior. Without arguments: of a normal one."""
    import tensorflow as tf

    from tfgan_suite.core.seeds import fold_in, make_seed
    from tfgan_suite.layers import GaussianMixturePrior, NormalPrior
    from tfgan_suite.models.base import adam

    prior = GaussianMixturePrior(LATENT_DIM, **how) if how else NormalPrior(LATENT_DIM)
    optimizer, step = adam(2e-4, 0.5, 0.999), tf.Variable(0)
    optimizer.build(prior.trainable_variables)

    @tf.function
    def work() -> tf.Tensor:
        seed = fold_in(make_seed(0), step)
        total = tf.reduce_sum(prior.sample(BATCH_SIZE, seed))
        with tf.GradientTape() as tape:
            latents = prior.sample(GENERATOR_BATCH_SIZE, fold_in(seed, 1))
        if prior.trainable_variables:
            from_the_networks = tf.ones_like(latents)
            gradients = tape.gradient(latents, prior.trainable_variables, from_the_networks)
            optimizer.apply([tf.convert_to_tensor(each) for each in gradients], prior.trainable_variables)
        step.assign_add(1)
        return total + tf.reduce_sum(latents)

    serve_steps(connection, lambda num_steps: [work() for _ in range(num_steps)][-1].numpy())


def search(connection: Connection, product_only: bool, num_fake: int, num_real: int) -> None:
    """A worker: `quality_scores`, or one product of matrices of its size."""
    import numpy as np

    from tfgan_suite.metrics.functional.quality_diversity import quality_scores

    random = np.random.default_rng(0)
    fake, real = (random.normal(size=(count, 128)).astype(np.float32) for count in (num_fake, num_real))

    def once() -> Any:
        return fake @ real.T if product_only else quality_scores(fake, real, log_alpha=1.0)

    serve_steps(connection, lambda num_steps: [once() for _ in range(num_steps)])


def main() -> None:
    """Measures and reports."""
    options = measuring.arguments(__doc__)
    num_rounds = 1 if options.quick else 7
    workers = {"step": Worker(training_step, num_filters=4 if options.quick else 64)}
    step = measuring.contest(workers, num_rounds, 5, num_warmups=5)["step"]
    workers = {"normal": Worker(prior_part), **{name: Worker(prior_part, **how) for name, how in PRIORS.items()}}
    parts = measuring.contest(workers, num_rounds, 100, num_warmups=100)
    sizes = {"num_fake": 500, "num_real": 3_000} if options.quick else {"num_fake": 10_000, "num_real": 60_000}
    workers = {
        "matrix product": Worker(search, product_only=True, **sizes),
        "quality scores": Worker(search, product_only=False, **sizes),
    }
    searches = measuring.contest(workers, num_rounds, 1, num_warmups=1)
    median = {name: measuring.summary(values)["median"] for name, values in (parts | searches | {"step": step}).items()}
    shares = {name: (median[name] - median["normal"]) / median["step"] for name in PRIORS}
    ratio = median["quality scores"] / median["matrix product"]
    tables = [
        measuring.seconds_table(parts, "normal"),
        measuring.table(
            ["prior", "more than normal, % of a step"], [[name, 100 * share] for name, share in shares.items()]
        ),
        measuring.seconds_table(searches, "matrix product"),
    ]
    results = {"seconds": parts | searches | {"step": step}, "shares": shares, "search_over_product": ratio}
    measuring.report("mixture_prior", options, tables, results)


if __name__ == "__main__":
    main()
