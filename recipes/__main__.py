"""Lists the recipes: `python -m recipes`."""

import ast
import sys
from pathlib import Path


def recipe_summaries(folder: Path) -> dict[str, str]:
    """Module name -> first line of its docstring, for each recipe in `folder`, by name. Imports none of them."""
    paths = sorted(path for path in folder.glob("*.py") if not path.name.startswith("_"))
    docstrings = {path.stem: ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) for path in paths}
    return {name: (docstring or "").partition("\n")[0] for name, docstring in docstrings.items()}


def main(arguments: list[str]) -> int:
    """Prints the list; returns the exit code: 0, or 2 if there were arguments that are not a request for help."""
    summaries = recipe_summaries(Path(__file__).parent)
    width = max(map(len, summaries), default=0)
    lines = [f"  {name:<{width}}  {summary}" for name, summary in summaries.items()]
    listing = "\n".join(["Recipes; run one by `python -m recipes.NAME`, see its options by `--help`:", *lines])
    if set(arguments) <= {"-h", "--help"}:
        print(listing)
        return 0
    print(f"`python -m recipes` takes no arguments. Received: {' '.join(arguments)}.\n{listing}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
