"""The table of methods and the names that recipes offer are the same."""

import typing

from recipes import mode_collapse
from recipes.mode_collapse import PRESETS
from tfgan_suite.runs import image_study
from tfgan_suite.runs.methods import FIXED_FEATURES, TITLES, MethodOptions


def test_recipes_offer_the_methods_that_there_are():
    assert typing.get_args(image_study.Method) == tuple(TITLES)
    of_points = typing.get_args(mode_collapse.Method)
    assert of_points == tuple(name for name in TITLES if name not in FIXED_FEATURES)


def test_options_are_the_settings_of_the_same_name():
    options = MethodOptions.of(PRESETS["paper"], num_clusters=7)
    assert (options.num_clusters, options.batch_size, options.jit_compile) == (7, 100, True)
    assert options.network == MethodOptions.__dataclass_fields__["network"].default
