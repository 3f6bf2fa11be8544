"""For tests of recipes that leave a run folder."""

import functools

import pytest

from tfgan_suite.runs import cli


@pytest.fixture
def runner(tmp_path):
    """runner(recipe) -> run(*arguments): the smoke preset in a folder of its own; `run` returns its run folder."""

    def runner_of(recipe):
        def run(*arguments):
            argv = ["--preset", "smoke", "--name", "study", "--out-dir", str(tmp_path), *arguments]
            cli.main(recipe.run, recipe.PRESETS, recipe.__doc__, argv=argv)
            return tmp_path / "study"

        return run

    return runner_of


@pytest.fixture(scope="session")
def digits_classifier(tmp_path_factory):
    """digits_classifier(image_size, channels): file of a barely trained classifier of digits, for tests of no score."""
    from tfgan_suite.data import load_images
    from tfgan_suite.metrics.embedders import save_classifier
    from tfgan_suite.metrics.embedders.classifier_training import train_classifier

    folder = tmp_path_factory.mktemp("classifiers")

    @functools.cache
    def classifier_of(image_size, channels):
        train = load_images("digits", image_size=image_size, channels=channels).train
        path = folder / f"{image_size}_{channels}.keras"
        save_classifier(path, train_classifier(train.images, train.labels, num_steps=3))
        return str(path)

    return classifier_of


@pytest.fixture
def refusal(capsys):
    """refusal(run, *arguments): what a recipe that refuses its arguments says on stderr, without line breaks."""

    def refusal_of(run, *arguments):
        with pytest.raises(SystemExit) as stop:
            run(*arguments)
        error = capsys.readouterr().err
        assert stop.value.code in (1, 2)
        assert "Traceback" not in error
        return " ".join(error.replace("│", " ").split())

    return refusal_of
