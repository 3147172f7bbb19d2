"""Network and mount namespaces for single nodes; they end with the process that made them."""

import functools
import pathlib
import subprocess


class Place:
    """Held by a process that reads until whoever made it is gone."""

    def __init__(self, *kinds):
        """`kinds`: of net, mount."""
        self.kinds = [f"--{kind}" for kind in kinds]
        self.holder = subprocess.Popen(
            ["unshare", *self.kinds, "sh", "-c", "echo there; exec cat >/dev/null"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if self.holder.stdout.readline() != "there\n":
            self.leave()
            raise PermissionError(self.holder.stderr.read().strip())
        self.pid = self.holder.pid

    def command(self, *words):
        """What runs a program there, under the id of the process that is started."""
        return ["nsenter", f"--target={self.pid}", *self.kinds, "--", *map(str, words)]

    def run(self, words):
        done = subprocess.run(self.command(*words.split()), capture_output=True, text=True)
        if done.returncode != 0:
            raise PermissionError(f"{words}: {done.stderr.strip()}")

    def path(self, path):
        """Of a file there, for us."""
        return pathlib.Path(f"/proc/{self.pid}/root{path}")

    def leave(self):
        self.holder.stdin.close()
        self.holder.wait()


@functools.lru_cache
def why_not(*trials):
    """Why a place cannot be made here, or the first trial not be run there; empty: it can."""
    kinds, words = trials[0].split(",") if trials else (), trials[1:]
    try:
        place = Place(*kinds)
    except OSError as refused:
        return f"this kernel or user may not make namespaces: {refused}"
    try:
        for line in words:
            place.run(line)
    except OSError as refused:
        return f"not possible in a namespace of our own: {refused}"
    finally:
        place.leave()
    return ""
