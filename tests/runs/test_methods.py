"""The table of methods and the names that recipes offer are the same."""

import dataclasses
import typing

import numpy as np

from recipes import mode_collapse
from recipes.mode_collapse import PRESETS
from tfgan_suite.runs.method_names import FIXED_FEATURES, TITLES
from tfgan_suite.runs.methods import MethodOptions, build_trial, clusters_of_classes
from tfgan_suite.runs.self_conditioned import study as self_conditioned_study


def test_recipes_offer_the_methods_that_there_are():
    assert typing.get_args(self_conditioned_study.Method) == tuple(TITLES)
    of_points = typing.get_args(mode_collapse.Method)
    assert of_points == tuple(name for name in TITLES if name not in FIXED_FEATURES)


def test_options_are_the_settings_of_the_same_name():
    options = MethodOptions.of(PRESETS["paper"], num_clusters=7)
    assert (options.num_clusters, options.batch_size, options.jit_compile) == (7, 100, True)
    assert options.network == MethodOptions.__dataclass_fields__["network"].default


def test_the_learning_rate_of_both_networks_falls_at_the_end():
    settings = dataclasses.replace(PRESETS["smoke"], learning_rate=0.01, num_steps=8, decay_steps=4)
    gan = build_trial("gan", mode_collapse.build_data(settings, "ring"), MethodOptions.of(settings), seed=0).gan
    for optimizer in (gan.generator_optimizer, gan.discriminator_optimizer):
        rates = []
        for step in (0, 4, 6, 8):
            optimizer.iterations.assign(step)
            rates.append(float(optimizer.learning_rate))
        np.testing.assert_allclose(rates, [0.01, 0.01, 0.005, 0.0], atol=1e-9)


def test_a_supervised_start_deals_the_classes_out():
    labels = np.array([0, 0, 1, 1, 2, 2], np.int32)
    np.testing.assert_array_equal(clusters_of_classes(labels, 7), [0, 3, 1, 4, 2, 5])  # each class two of six
    np.testing.assert_array_equal(clusters_of_classes(labels, 3), labels)
    shared = clusters_of_classes(np.arange(1000, dtype=np.int32), 100)  # the first two digits of three
    np.testing.assert_array_equal(shared, np.arange(1000) // 10)
    assert shared.dtype == np.int32
