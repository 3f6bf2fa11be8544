"""A quick look whether a download can work at all, since the libraries' own downloads may hang or retry for minutes."""

import threading
import urllib.request

_TIMEOUT_SEC = 15.0


def require_reachable(url: str, what: str, fix: str, timeout_sec: float = _TIMEOUT_SEC) -> None:
    """Raises unless `url` answers in time; nothing is read beyond the answer's head.

    The request runs in a thread of its own because looking up a name has no time limit in Python.

    Raises:
        ValueError: "`what` could not be downloaded: reason. fix".
    """
    outcome: list[str] = []

    def attempt() -> None:
        try:
            with urllib.request.urlopen(url, timeout=timeout_sec):
                outcome.append("")
        except (OSError, ValueError) as error:  # URLError, HTTPError and time-outs are OSErrors
            outcome.append(str(error))

    thread = threading.Thread(target=attempt, daemon=True)
    thread.start()
    thread.join(timeout_sec + 1)
    reason = outcome[0] if outcome else f"no answer within {timeout_sec:g} s"
    if reason:
        raise ValueError(f"{what} could not be downloaded from {url}: {reason}. {fix}")
