"""A seed replays a whole simulated cluster: the same trace in any process and any build of the same
sources."""

import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
HERE = pathlib.Path(os.environ.get("RESALEHUB_BINARY", ROOT / "build" / "resalehub")).parent
SEEDS = (5, 8)  # three machines and five, each with many kinds of faults


def program(folder, name="simulation"):
    found = folder / "tests" / "simulation" / name
    if not found.exists():
        pytest.skip(f"{found} is not built")
    return found


def hash_of(which, seed):
    command = [str(which), "--seed", str(seed), "--shrink-runs", "0"]
    said = subprocess.run(command, capture_output=True, text=True, timeout=600).stdout
    return re.search(r"^hash ([0-9a-f]{16})$", said, flags=re.M)[1]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_seed_has_one_trace_in_every_process(seed):
    assert hash_of(program(HERE), seed) == hash_of(program(HERE), seed)


def test_seeds_have_different_traces():
    assert len({hash_of(program(HERE), seed) for seed in SEEDS}) == len(SEEDS)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_build_that_can_be_broken_and_is_not_runs_like_the_product(seed):
    assert hash_of(program(HERE), seed) == hash_of(program(HERE, "simulation_breakable"), seed)


@pytest.mark.skipif(not os.environ.get("RESALEHUB_SANITIZE"), reason="only one build to compare")
@pytest.mark.parametrize("seed", SEEDS)
def test_a_sanitizer_build_has_the_trace_of_the_usual_one(seed):
    usual = program(ROOT / "build")
    folders = ("base", "storage", "cluster", "actors", "tests/simulation")
    sources = [file for folder in folders for file in (ROOT / folder).glob("*.[hc]pp")]
    if usual.stat().st_mtime < max(file.stat().st_mtime for file in sources):
        pytest.skip("the usual build is older than its sources: run ./test simulation first")
    assert hash_of(program(HERE), seed) == hash_of(usual, seed)
