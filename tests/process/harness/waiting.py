"""Waiting for a condition, never for a time."""

import os
import time

# A sanitizer makes everything slower; no wait is longer than it must be when all is well.
PATIENCE = 6 if os.environ.get("RESALEHUB_SANITIZE") else 1


def wait_until(condition, what, seconds=10.0, pause=0.02, show=None):
    """The first true answer of `condition`; fails with the sentence `what` when none comes, and
    with what `show` says then."""
    end = time.monotonic() + seconds * PATIENCE
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > end:
            shown = f"\n{show()}" if show else ""
            raise AssertionError(f"waited {seconds * PATIENCE:.0f} s in vain: {what}{shown}")
        time.sleep(pause)
