"""Fills a node with sellers and listings, to look around in.

    demo.py URL                        a node that runs, by its public address
    demo.py PROGRAM [OPTION...]        starts `PROGRAM serve OPTION...`, fills it and stays with it

A directory that was filled before is filled no second time: all is done under fixed keys.
"""

import pathlib
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests" / "process"))

from harness.client import Client  # noqa: E402
from harness.story import PASSWORD  # noqa: E402

# As many sellers as a fresh node lets sign up within a minute.
SELLERS = {
    "Aino": [("Blue city bicycle", "bikes", "good", 18_000, 1),
             ("Child's bicycle, 16 inch", "bikes", "fair", 4_500, 1),
             ("Bicycle bell", "bikes", "new", 900, 12),
             ("Winter coat, M", "clothes", "good", 5_500, 1),
             ("Rain boots, 39", "clothes", "like_new", 1_800, 1),
             ("Wool socks", "clothes", "new", 700, 20)],
    "Bao": [("Oak desk", "furniture", "good", 12_000, 1),
            ("Reading lamp", "furniture", "like_new", 2_500, 2),
            ("Bookshelf, birch", "furniture", "fair", 3_900, 1),
            ("Chess set", "games", "good", 2_200, 1),
            ("Jigsaw puzzle, 1000 pieces", "games", "fair", 500, 3),
            ("Playing cards", "games", "new", 400, 15)],
    "Chidi": [("Film camera", "cameras", "good", 9_900, 1),
              ("Tripod", "cameras", "like_new", 3_400, 1),
              ("Camera strap", "cameras", "new", 1_200, 8),
              ("Pocket binoculars", "cameras", "poor", 1_500, 1)],
}


def patiently(call):
    """A node that is not tuned for it takes few sign-ups a minute: waits as it is told to."""
    while True:
        answer = call()
        if answer.status != 429:
            return answer.expect(200, 201)
        time.sleep(int(answer.field("Retry-After")))


def fill(address):
    api = Client(address)
    for name, things in SELLERS.items():
        email = f"{name.lower()}@demo.example"
        session = patiently(lambda: api.post(
            "/v1/auth/signup", {"email": email, "password": PASSWORD, "display_name": name},
            key=f"demo-{name}"))
        seller = Client(address, session["access_token"])
        seller.post("/v1/me/seller", {}).expect(200)
        for number, (title, category, condition, amount, quantity) in enumerate(things):
            listing = seller.post("/v1/listings", {
                "title": title, "description": f"{title}, from {name}.", "category": category,
                "condition": condition, "price": {"amount": amount, "currency": "EUR"},
                "quantity": quantity}, key=f"demo-{name}-{number}").expect(201)
            seller.post(f"/v1/listings/{listing['id']}/publish").expect(200, 409)
        print(f"{name} sells {len(things)} things (sign in: {email}, {PASSWORD})", flush=True)
        seller.close()
    print(f"look around: curl 'http://{address}/v1/listings?sort=price&limit=5'", flush=True)


def started(program, options):
    """The process and its public address, which it prints first."""
    process = subprocess.Popen([program, "serve", *options], stdout=subprocess.PIPE, text=True)
    for line in process.stdout:
        print(line, end="", flush=True)
        found = re.search(r"http://(\S+?:\d+)", line)
        if found:
            return process, found[1]
    sys.exit(process.wait())


def start_and_fill(program, options):
    process, address = started(program, options)
    for wish in (signal.SIGINT, signal.SIGTERM):
        signal.signal(wish, lambda *_: process.terminate())
    try:
        fill(address)
    except Exception as wrong:
        if process.poll() is None:
            process.terminate()
        process.wait()
        sys.exit(f"the demo failed: {wrong}")
    return process.wait()


def main(words):
    if not words:
        sys.exit(__doc__)
    if words[0].startswith("http://"):
        fill(words[0].removeprefix("http://").rstrip("/"))
        return 0
    return start_and_fill(words[0], words[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
