"""The command line of a recipe, generated from its dataclass of settings.

A recipe declares its settings once, as a frozen dataclass (nested ones become groups in `--help`), and its presets as a
table of instances. Types, allowed values, default values and help texts are read from there:

    @dataclasses.dataclass(frozen=True)
    class Settings(cli.CommonSettings):
        batch_size: int = 64
        \"\"\"Images per batch, over all replicas.\"\"\"

    PRESETS = {"smoke": Settings(batch_size=8), "paper": Settings()}

    if __name__ == "__main__":
        cli.main(run, PRESETS, __doc__, default_preset="paper")

A field without a default value, or annotated `tyro.conf.Positional`, is a positional argument. Importing this module
does not import TensorFlow, so `--help` answers at once in a recipe that imports TensorFlow inside its functions.
"""

import dataclasses
import errno
import os
import re
import shlex
import sys
import typing
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import tyro

from tfgan_suite.core.checks import require, require_in

S = TypeVar("S")

DEBUG_VARIABLE = "TFGAN_SUITE_DEBUG"
"""Environment variable: set to 1, an error shows where in the code it came from."""

NOT_REPEATED = ("preset", "name", "resume", "dry_run")
"""Fields that say how one run was started, not what it computes; `command_line` leaves them out."""

_TYRO_CONFIG = (
    tyro.conf.OmitArgPrefixes,
    tyro.conf.AvoidSubcommands,
    tyro.conf.SuppressFixed,
    tyro.conf.PositionalRequiredArgs,
    tyro.conf.PositionalMetavarFromFieldName,
)


@dataclasses.dataclass(frozen=True)
class CommonSettings:
    """The options that every recipe has. Settings of a recipe inherit from it."""

    preset: tyro.conf.Fixed[str] = ""
    """The preset that the settings started from; filled in by `parse`."""
    out_dir: Path = Path("runs")
    """Folder that holds the run folders."""
    name: str = ""
    """Name of the run folder in it. Empty: RECIPE-PRESET, with -2, -3 and so on if that is taken."""
    seed: int = 0
    """Decides everything that is drawn at random."""
    resume: bool = False
    """Go on with the run that is in the run folder (with no --name: the latest one of this recipe and preset)."""
    dry_run: bool = False
    """Print the plan (data, networks, steps, estimated time) and stop."""

    def run_dir(self, recipe: str) -> Path:
        """The run folder to use for `recipe`. Nothing is created.

        Args:
            recipe: the recipe's short name, such as "cingan_cifar".

        Returns:
            With a name, `out_dir / name`, whether or not it exists. Without one, RECIPE-PRESET with the next free
            number, or to resume, with the highest number that exists.

        Raises:
            FileNotFoundError: there is nothing to resume.
        """
        stem = "-".join(part for part in (recipe, self.preset) if part)
        if self.name:
            chosen = self.out_dir / self.name
        else:
            latest = _latest_number(self.out_dir, stem)
            number = latest if self.resume else latest + 1
            chosen = self.out_dir / (stem if number < 2 else f"{stem}-{number}")
        if self.resume and not chosen.is_dir():
            raise FileNotFoundError(f"There is no run to resume in {chosen}. Leave out --resume to start one.")
        return chosen


def main(
    run: Callable[[S], None],
    presets: Mapping[str, S] | type[S],
    description: str | None,
    *,
    default_preset: str | None = None,
    argv: Sequence[str] | None = None,
) -> None:
    """Parses the command line, runs the recipe and ends the process.

    A mistake of the user (a `ValueError` or an `OSError` from the recipe), a full disk, a run that diverged
    (`FloatingPointError`) and Ctrl-C end in one sentence on stderr; anything else is our own error and keeps its
    traceback.
    Exit code: 0; 2 for a wrong command line; 1 for an error; 130 for Ctrl-C.

    Args:
        run: does the recipe's work.
        presets: preset name -> settings; or the settings class, for a recipe without presets.
        description: shown above the options; the recipe's `__doc__`.
        default_preset: the preset used when none is named; the last of `presets` if None.
        argv: arguments without the program's name; `sys.argv[1:]` if None.
    """
    settings = parse(presets, argv, description=description, default_preset=default_preset)
    try:
        run(settings)
    except (ValueError, OSError, FloatingPointError, KeyboardInterrupt, RuntimeError) as error:
        sentence = explain(error)
        if sentence is None or os.environ.get(DEBUG_VARIABLE) == "1":
            raise
        interrupted = isinstance(error, KeyboardInterrupt)
        if interrupted and isinstance(settings, CommonSettings):
            sentence += " The same command with --resume goes on from the last checkpoint."
        print(f"\n{_program()}: {sentence}", file=sys.stderr)
        if not interrupted:
            print(f"(With {DEBUG_VARIABLE}=1 in the environment you see where.)", file=sys.stderr)
        sys.exit(130 if interrupted else 1)


def parse(
    presets: Mapping[str, S] | type[S],
    argv: Sequence[str] | None = None,
    *,
    description: str | None = None,
    default_preset: str | None = None,
) -> S:
    """Reads settings from a command line; the arguments are those of `main`.

    Returns:
        The settings of the preset, with every option that was given replaced.

    Raises:
        SystemExit: code 0 after `--help`; code 2 after a mistake, which is explained on stderr.
        ValueError: `presets` is empty or does not hold `default_preset`.
    """
    argv = list(sys.argv[1:] if argv is None else argv)
    if isinstance(presets, type):
        return _parse_with_tyro(presets, argv, description)
    require(bool(presets), "`presets` must hold at least one preset", presets=presets)
    default_preset = list(presets)[-1] if default_preset is None else default_preset
    require_in(list(presets), default_preset=default_preset)
    preset = _named_preset(argv)
    start = presets[preset if preset in presets else default_preset]
    choice = (
        "preset",
        Annotated[Literal[tuple(presets)], tyro.conf.arg(help="The default values to start from.")],
        dataclasses.field(default=preset if preset in presets else default_preset),
    )
    with_choice = dataclasses.make_dataclass("Settings", [choice], bases=(type(start),), frozen=True)
    parsed = _parse_with_tyro(
        with_choice, argv, description, default=with_choice(**_values(start) | {"preset": choice[2].default})
    )
    return type(start)(**_values(parsed))


def command_line(module: str, settings: Any, presets: Mapping[str, Any] | None = None) -> str:
    """The shell command that runs these settings again, naming only what differs from their preset.

    Args:
        module: the recipe's module, such as "recipes.cingan_cifar".
        settings: what `parse` returned.
        presets: the recipe's presets; None for a recipe without.

    Returns:
        One line, quoted for a POSIX shell. `parse` turns its arguments into `settings` again, but for `NOT_REPEATED`.
    """
    words = ["python", "-m", module]
    base = None
    if presets is not None:
        words += ["--preset", settings.preset]
        base = presets[settings.preset]
    return shlex.join(words + _differing_words(settings, base))


def explain(error: BaseException) -> str | None:
    """One sentence for the user about `error`, or None if it is not the user's to mend."""
    text = " ".join(str(error).split())
    if isinstance(error, KeyboardInterrupt):
        return "interrupted."
    if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or "No space left on device" in text:
        name = getattr(error, "filename", None)
        where = f" (while writing {name})" if name else ""
        return f"the disk is full{where}. Free some space, or choose another --out-dir."
    if isinstance(error, OSError) and error.strerror and error.filename is not None:
        return f"{error.strerror}: {error.filename}"
    if isinstance(error, (ValueError, OSError, FloatingPointError)):
        return text or type(error).__name__
    return None


def _parse_with_tyro(settings_class: type[S], argv: list[str], description: str | None, **options: Any) -> S:
    text = (description or "").strip() or None
    try:
        return tyro.cli(settings_class, prog=_program(), description=text, args=argv, config=_TYRO_CONFIG, **options)
    except SystemExit as stop:
        known = _option_names(settings_class)
        given = {word.partition("=")[0].replace("_", "-") for word in argv if word.startswith("--")}
        if stop.code not in (0, None) and given - known:
            print(f"Known options: {', '.join(sorted(known))}", file=sys.stderr)
        raise


def _option_names(settings_class: type) -> set[str]:
    names = {"--help"}
    hints = typing.get_type_hints(settings_class)
    for field in dataclasses.fields(settings_class):
        option = field.name.replace("_", "-")
        if dataclasses.is_dataclass(hints[field.name]):
            names |= _option_names(hints[field.name])
        elif not _is_positional(settings_class, field):
            names |= {f"--{option}", f"--no-{option}"} if hints[field.name] is bool else {f"--{option}"}
    return names


def _is_positional(settings_class: type, field: dataclasses.Field) -> bool:
    hint = typing.get_type_hints(settings_class, include_extras=True)[field.name]
    return _is_required(field) or tyro.conf.Positional in getattr(hint, "__metadata__", ())


def _is_required(field: dataclasses.Field) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _values(settings: Any) -> dict[str, Any]:
    return {field.name: getattr(settings, field.name) for field in dataclasses.fields(settings)}


def _named_preset(argv: Sequence[str]) -> str | None:
    """The last value given for --preset, if any; whether it is known is for the full parser to say."""
    named = None
    for position, word in enumerate(argv):
        if word == "--preset" and position + 1 < len(argv):
            named = argv[position + 1]
        elif word.startswith("--preset="):
            named = word.removeprefix("--preset=")
    return named


def _differing_words(settings: Any, base: Any | None) -> list[str]:
    """Options that differ from `base` (from the class's defaults if None), after the positional arguments."""
    options: list[str] = []
    positionals: list[str] = []
    for field in dataclasses.fields(settings):
        value = getattr(settings, field.name)
        if field.name in NOT_REPEATED:
            continue
        if dataclasses.is_dataclass(value):
            options += _differing_words(value, getattr(base, field.name, None))
        elif _is_positional(type(settings), field):
            positionals += map(str, value) if isinstance(value, (tuple, list)) else [str(value)]
        elif value != (_default(field) if base is None else getattr(base, field.name)):
            options += _option_words(field.name.replace("_", "-"), value)
    return positionals + options


def _default(field: dataclasses.Field) -> Any:
    return field.default if field.default_factory is dataclasses.MISSING else field.default_factory()


def _option_words(option: str, value: Any) -> list[str]:
    if isinstance(value, bool):
        return [f"--{option}" if value else f"--no-{option}"]
    if isinstance(value, (tuple, list)):
        return [f"--{option}", *map(str, value)]
    text = str(value)
    return [f"--{option}={text}"] if text.startswith("-") else [f"--{option}", text]


def _latest_number(folder: Path, stem: str) -> int:
    """The highest n with a folder "stem" (n = 1) or "stem-n" in `folder`; 0 if there is none."""
    pattern = re.compile(re.escape(stem) + r"(?:-(\d+))?")
    names = [entry.name for entry in folder.iterdir() if entry.is_dir()] if folder.is_dir() else []
    return max((int(match[1] or 1) for name in names if (match := pattern.fullmatch(name))), default=0)


def _program() -> str:
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    return f"python -m {spec.name.removesuffix('.__main__')}" if spec else Path(sys.argv[0]).name
