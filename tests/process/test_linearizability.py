"""The checker of histories refuses what no single object can have answered, and nothing else."""

import random

import pytest

from harness.linearizability import NEVER, Operation, counter, refutation, register


def add(begun, ended, answered=None):
    return Operation(begun, ended, "add", answered)


def read(begun, ended, answered=None):
    return Operation(begun, ended, "read", answered)


def write(begun, ended, value):
    return Operation(begun, ended, ("write", value))


REFUSED_COUNTERS = {
    "a read that missed what was acknowledged": [add(0, 1, 1), read(2, 3, 0)],
    "a read of what nobody had asked for yet": [read(0, 1, 1), add(2, 3, 1)],
    "an addition that was lost": [add(0, 1, 1), add(2, 3, 1)],
    "an addition that was done twice": [add(0, 1, 1), add(2, 3, 3)],
    "two that were told the same at once": [add(0, 9, 1), add(0, 9, 1)],
    "a read that goes back behind another read": [add(0, 9, 1), read(1, 2, 1), read(3, 4, 0)],
    "additions told against their order": [add(0, 1, 2), add(2, 3, 1)],
    "one that nobody heard of, come twice": [add(0, NEVER), read(1, 2, 2)],
    "one that nobody heard of, gone again": [add(0, NEVER), read(1, 2, 1), read(3, 4, 0)],
}
ACCEPTED_COUNTERS = {
    "nothing": [],
    "one after the other": [add(0, 1, 1), read(2, 3, 1), add(4, 5, 2), read(6, 7, 2)],
    "at once, either order": [add(0, 9, 2), add(0, 9, 1), read(0, 9, 0), read(0, 9, 2)],
    "one that nobody heard of, come late": [add(0, NEVER), read(1, 2, 0), read(3, 4, 1)],
    "one that nobody heard of, never come": [add(0, NEVER), add(1, 2, 1), read(3, 4, 1)],
    "a read that nobody heard of": [read(0, NEVER), add(1, 2, 1)],
}


@pytest.mark.parametrize("name", REFUSED_COUNTERS)
def test_a_counter_cannot_have_answered_so(name):
    assert refutation(REFUSED_COUNTERS[name], counter, 0)


@pytest.mark.parametrize("name", ACCEPTED_COUNTERS)
def test_a_counter_can_have_answered_so(name):
    assert refutation(ACCEPTED_COUNTERS[name], counter, 0) is None


def test_a_register_cannot_have_answered_so():
    stale = [write(0, 1, "a"), write(2, 3, "b"), read(4, 5, "a")]
    assert refutation(stale, register, "")[0].answered == "a"
    torn = [write(0, 9, "a"), write(0, 9, "b"), read(1, 2, "a"), read(3, 4, "b"), read(5, 6, "a")]
    assert refutation(torn, register, "")
    assert refutation([read(0, 1, "z")], register, "")


def test_a_register_can_have_answered_so():
    swapped = [write(0, 9, "a"), write(0, 9, "b"), read(1, 2, "b"), read(3, 4, "a")]
    assert refutation(swapped, register, "") is None


def made_up(chance, count):
    """Answered by a true counter, at a moment between beginning and end; up to four at once."""
    moments = sorted(chance.uniform(0, count) for _ in range(count))
    value, history = 0, []
    for moment in moments:
        begun, ended = moment - chance.uniform(0, 2), moment + chance.uniform(0, 2)
        asked = chance.choice(["add", "read"])
        value += asked == "add"
        heard = asked == "read" or chance.random() < 0.999
        history.append(Operation(begun, ended if heard else NEVER, asked, value if heard else None))
    return history


@pytest.mark.parametrize("seed", range(5))
def test_long_histories_are_judged_and_one_wrong_answer_in_them_is_found(seed):
    chance = random.Random(seed)
    history = made_up(chance, 3000)
    assert refutation(history, counter, 0) is None
    reads = [place for place, one in enumerate(history) if one.asked == "read"]
    place = reads[len(reads) // 2]
    wrong = history[place]
    history[place] = read(wrong.begun, wrong.ended, wrong.answered - 20)
    assert refutation(history, counter, 0)
