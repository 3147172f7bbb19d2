"""What the tests themselves rely on when they end nodes and start them again."""

import os
import pathlib
import signal
import socket
import subprocess
import sys

from harness.cluster import Member, free_base
from harness.waiting import wait_until

# Its main thread ends at once; the other one holds a port until it is killed.
HEADLESS = """
import ctypes, socket, threading
held = socket.create_server(("127.0.0.1", 0))
print(held.getsockname()[1], flush=True)
threading.Thread(target=lambda: threading.Event().wait()).start()
ctypes.CDLL(None).syscall({exit}, 0)
"""
EXIT = {"x86_64": 60, "aarch64": 93}[os.uname().machine]


def test_a_process_lives_until_its_last_thread_has_ended():
    process = subprocess.Popen([sys.executable, "-c", HEADLESS.format(exit=EXIT)],
                               stdout=subprocess.PIPE, text=True)
    try:
        port = int(process.stdout.readline())
        member = Member({"node": "n1", "http": "", "admin": "", "dir": "", "pid": process.pid})
        stat = pathlib.Path(f"/proc/{process.pid}/stat")
        wait_until(lambda: ") Z " in stat.read_text(), "its main thread has ended", 10)
        assert member.lives()
        socket.create_connection(("127.0.0.1", port)).close()
        member.signal(signal.SIGKILL)
        member.wait_for_end()
        socket.create_server(("127.0.0.1", port)).close()
    finally:
        process.kill()
        process.wait()
    assert not member.lives()


# Its main thread sleeps while more threads run than there are processors.
BUSY = """
import hashlib, threading
def work():
    while True: hashlib.pbkdf2_hmac("sha256", b"", b"", 100_000)
for _ in range(8): threading.Thread(target=work).start()
print("busy", flush=True)
"""


def test_no_thread_of_a_frozen_process_runs():
    process = subprocess.Popen([sys.executable, "-c", BUSY], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "busy\n"
        member = Member({"node": "n1", "http": "", "admin": "", "dir": "", "pid": process.pid})
        for _ in range(20):
            with member.frozen():
                assert member.thread_states() == ["T"] * 9
            wait_until(lambda: "T" not in member.thread_states(), "it goes on", 10)
    finally:
        process.kill()
        process.wait()


def test_no_two_clusters_get_the_same_ports():
    mine = [free_base() for _ in range(20)]
    assert len(set(mine)) == 20
    other = subprocess.run(
        [sys.executable, "-c", "from harness.cluster import free_base\n"
         "print(*(free_base() for _ in range(200)))"], check=True, capture_output=True, text=True,
        cwd=os.path.dirname(__file__)).stdout
    assert not set(mine) & set(map(int, other.split()))
