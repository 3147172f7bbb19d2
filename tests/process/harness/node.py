"""One real node on a directory of its own: started, killed, stopped, started again."""

import atexit
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import urllib.error
import urllib.request

from harness.waiting import PATIENCE, wait_until

ROOT = pathlib.Path(__file__).resolve().parents[3]

# Many people behind one address, passwords that cost little: what a test needs to be quick.
ROOMY = {
    "limits.signup_per_min": 1_000_000,
    "limits.login_per_min": 1_000_000,
    "limits.messages_per_min": 1_000_000,
    "limits.rooms_per_h": 1_000_000,
    "limits.websocket_messages_per_min": 1_000_000,
    "limits.requests_per_s": 100_000,
    "limits.connections_per_s": 100_000,
    "auth.argon2_memory_bytes": 8_192,
    "auth.argon2_passes": 1,
    "auth.argon2_queue": 10_000,
}


def binary():
    return os.environ.get("RESALEHUB_BINARY") or str(ROOT / "build" / "resalehub")


def free_port():
    """Below the range that the system takes for outgoing connections: nobody gets it meanwhile."""
    while True:
        port = random.SystemRandom().randrange(10_000, 32_000)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def clean_environment(extra=None):
    """Ours without the tests' own names, which the program would refuse as unknown options."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RESALEHUB_")}
    return kept | (extra or {})


def run_program(*words, seconds=20, environment=None):
    """Runs the program to its end: status, what it printed, what it complained about."""
    ended = subprocess.run([binary(), *map(str, words)], capture_output=True, text=True,
                           timeout=seconds * PATIENCE, env=clean_environment(environment))
    return ended.returncode, ended.stdout, ended.stderr


class Node:
    """`options` are the program's own, by name; `environment` is added to ours."""

    def __init__(self, options=None, environment=None, program=None):
        self.program = program or binary()
        self.options = ROOMY | {"links.port": 0} | (options or {})
        self.environment = environment or {}
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="resalehub-test-"))
        self.data = self.directory / "data"
        self.log = self.directory / "log"
        self.http = f"127.0.0.1:{free_port()}"
        self.admin = f"127.0.0.1:{free_port()}"
        self.process = None
        atexit.register(self.discard)

    # -- life --------------------------------------------------------------------------------------

    def command(self):
        return [self.program, "serve", "--data-dir", str(self.data), "--http", self.http,
                "--admin", self.admin] + [f"--{name}={self.written(value)}"
                                          for name, value in self.options.items()]

    @staticmethod
    def written(value):
        return str(value).lower() if isinstance(value, bool) else str(value)

    def launch(self):
        """Starts the process without waiting for it."""
        assert self.process is None, "the node runs already"
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command(), stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL,
                                            env=clean_environment(self.environment))
        return self

    def start(self, seconds=20):
        self.launch()
        wait_until(self.ready_or_dead, "the node gets ready", seconds, show=self.log_tail)
        if self.process.poll() is not None:
            status, self.process = self.process.returncode, None
            raise AssertionError(f"the node ended with {status} at its start\n{self.log_tail()}")
        return self

    def ready_or_dead(self):
        return self.process.poll() is not None or self.answers("/readyz")

    def answers(self, path):
        try:
            with urllib.request.urlopen(f"http://{self.admin}{path}", timeout=2) as answer:
                return answer.status == 200
        except (OSError, urllib.error.URLError):
            return False

    @property
    def pid(self):
        return self.process.pid

    def lives(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        """As if the plug was pulled, for the process."""
        self.process.kill()
        return self.wait()

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def stop(self, seconds=20):
        """By SIGTERM; the exit status."""
        self.terminate()
        return self.wait(seconds)

    def wait(self, seconds=20):
        """Until it ended by itself or by us; the exit status."""
        status = self.process.wait(seconds * PATIENCE)
        self.process = None
        return status

    def restart(self, options=None):
        """After a kill or a stop, on the same directory and addresses."""
        self.options |= options or {}
        return self.start()

    def discard(self):
        """Ends the process, by its id, and removes what it stored."""
        atexit.unregister(self.discard)
        if self.lives():
            self.kill()
        self.process = None
        shutil.rmtree(self.directory, ignore_errors=True)

    # -- what it says ------------------------------------------------------------------------------

    def log_text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def log_tail(self, lines=15):
        return "\n".join(self.log_text().splitlines()[-lines:])

    # -- as a context ------------------------------------------------------------------------------

    def __enter__(self):
        return self if self.lives() else self.start()

    def __exit__(self, *_):
        self.discard()
