"""Argument checks: one sentence that names the argument, the rule, what was received and, if given, the fix."""

import math
import numbers
from collections.abc import Collection
from typing import Any


def require(condition: bool, rule: str, /, fix: str = "", **received: Any) -> None:
    """Raises `ValueError` unless `condition` holds.

    Args:
        condition: what must be true.
        rule: the rule in words, with argument names in backticks; ends without a full stop.
        fix: what the user can do about it, a full sentence; may be empty.
        **received: the values that were looked at, shown as `Received: name=value`.

    Raises:
        ValueError: "rule. Received: name=value. fix".
    """
    if condition:
        return
    values = ", ".join(f"{name}={value!r}" for name, value in received.items())
    sentences = (f"{rule}.", f"Received: {values}." if received else "", fix)
    raise ValueError(" ".join(filter(None, sentences)))


def require_positive(**named: float) -> None:
    """Raises `ValueError` unless each named number is above zero."""
    for name, value in named.items():
        require(value > 0, f"`{name}` must be above 0", **{name: value})


def require_positive_finite(**named: float) -> None:
    """Raises `ValueError` unless each named number is above zero and finite."""
    for name, value in named.items():
        require(0 < value < math.inf, f"`{name}` must be above 0 and finite", **{name: value})


def require_weight(**named: float) -> None:
    """Raises `ValueError` unless each named number is finite and at least zero."""
    for name, value in named.items():
        require(0 <= value < math.inf, f"`{name}` must be finite and at least 0", **{name: value})


def is_whole(value: Any) -> bool:
    """Whether a value is of a type of whole numbers, Python's or NumPy's; True and False are none."""
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


def require_whole(**named: Any) -> None:
    """Raises `ValueError` unless each named value is a whole number."""
    for name, value in named.items():
        require(is_whole(value), f"`{name}` must be a whole number", **{name: value})


def require_count(**named: Any) -> None:
    """Raises `ValueError` unless each named value is a whole number above zero."""
    require_whole(**named)
    require_positive(**named)


def require_in(allowed: Collection[Any], /, **named: Any) -> None:
    """Raises `ValueError`, listing what is allowed, unless each named value is in `allowed`."""
    for name, value in named.items():
        require(
            value in allowed,
            f"`{name}` must be one of {', '.join(map(repr, allowed))}",
            **{name: value},
        )


def require_rank(rank: int, /, **named: Any) -> None:
    """Raises `ValueError` unless each named array or tensor has `rank` axes."""
    for name, value in named.items():
        shape = tuple(value.shape)
        require(len(shape) == rank, f"`{name}` must have {rank} axes", **{f"{name}.shape": shape})
