import subprocess
import sys

from recipes import __main__ as listing


def test_summaries_are_first_lines_and_nothing_is_imported(tmp_path):
    (tmp_path / "b_study.py").write_text('"""Trains b.\n\nMore."""\nraise RuntimeError\n')
    (tmp_path / "a.py").write_text("x = 1\n")
    (tmp_path / "__main__.py").write_text('"""Not a recipe."""\n')
    assert listing.recipe_summaries(tmp_path) == {"a": "", "b_study": "Trains b."}


def test_help_lists_the_recipes(capsys):
    assert listing.main(["--help"]) == 0
    assert "python -m recipes.NAME" in capsys.readouterr().out


def test_arguments_are_refused_with_the_list(capsys):
    assert listing.main(["cingan"]) == 2
    captured = capsys.readouterr()
    assert "takes no arguments. Received: cingan." in captured.err
    assert "python -m recipes.NAME" in captured.err
    assert captured.out == ""


def test_every_recipe_says_what_it_does():
    summaries = listing.recipe_summaries(listing.Path(listing.__file__).parent)
    assert all(summary.endswith(".") for summary in summaries.values()), summaries


def test_it_runs_as_a_module_without_tensorflow():
    code = "import runpy, sys; sys.argv = ['recipes']; runpy.run_module('recipes', run_name='__main__')"
    check = f"import sys\ntry:\n    {code}\nexcept SystemExit:\n    pass\nassert 'tensorflow' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Recipes")
