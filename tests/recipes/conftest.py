"""For tests of recipes that leave a run folder."""

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
