"""Small C libraries that are preloaded into a node, and the shared files that steer them."""

import mmap
import os
import pathlib
import struct
import subprocess
import tempfile

from harness.node import ROOT


class Shim:
    """A library of tests/support, built once a test, and the words that it shares with the node."""

    source = ""
    variable = ""
    words = 1

    def __init__(self):
        self.directory = tempfile.TemporaryDirectory(prefix="resalehub-shim-")
        place = pathlib.Path(self.directory.name)
        self.library = place / f"{self.source}.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", str(self.library),
                        str(ROOT / "tests" / "support" / f"{self.source}.c"), "-ldl"], check=True)
        self.shared_file = place / "shared"
        self.shared_file.write_bytes(bytes(8 * self.words))
        with open(self.shared_file, "r+b") as file:
            self.shared = mmap.mmap(file.fileno(), 8 * self.words)

    @property
    def environment(self):
        """For the node. A sanitizer insists on being loaded first unless it is told otherwise."""
        sanitizing = os.environ.get("ASAN_OPTIONS", "")
        return {"LD_PRELOAD": str(self.library), self.variable: str(self.shared_file),
                "ASAN_OPTIONS": f"{sanitizing}:verify_asan_link_order=0".lstrip(":")}

    def word(self, number=0):
        return struct.unpack_from("q", self.shared, 8 * number)[0]

    def set_word(self, value, number=0):
        struct.pack_into("q", self.shared, 8 * number, value)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.shared.close()
        self.directory.cleanup()


class Fuse(Shim):
    """Kills the node right behind a sync."""

    source, variable, words = "kill_after_sync", "KILL_AFTER_SYNC_FILE", 2

    def light(self, syncs):
        self.set_word(0, 1)
        self.set_word(syncs, 0)

    def put_out(self):
        """How many syncs there were since it was lit."""
        self.set_word(0, 0)
        return self.word(1)


class ShiftedClock(Shim):
    """Moves the node's wall clock ahead."""

    source, variable = "shift_clock", "SHIFT_CLOCK_FILE"

    def go_ahead(self, seconds):
        self.set_word(self.word() + seconds)
