"""Whether one object, asked one thing at a time, could have given all answers of a history: the
search of Wing and Gong, with Lowe's memory of what was tried. Each object by itself."""

import math
from dataclasses import dataclass

NEVER = math.inf  # when what nobody heard the answer of ended: any time, or it never happened


@dataclass(frozen=True)
class Operation:
    """What was asked, from `begun` until it was answered. `asked` and `answered` mean what the
    object says they mean; `answered` is None when nobody heard it."""

    begun: float
    ended: float
    asked: object
    answered: object = None

    @property
    def is_open(self):
        return self.ended == NEVER


def counter(state, operation):
    """A number that "add" counts up and "read" tells: the state behind it, None where it cannot
    have been answered so. Both are answered with what it is afterwards."""
    after = state + 1 if operation.asked == "add" else state
    return after if operation.answered in (None, after) else None


def register(state, operation):
    """A place for one value: ("write", value) puts it there, "read" is answered with it."""
    if operation.asked == "read":
        return state if operation.answered in (None, state) else None
    return operation.asked[1]


def refutation(operations, step, state):
    """None when the history is linearizable; else the operations that do not fit behind the longest
    order that does."""
    waiting = sorted((one for one in operations
                      if not (one.is_open and one.asked == "read")), key=lambda one: one.begun)
    return Search(waiting, step).run(state)


class Search:
    """Depth first. What may come next is whatever began before the first of the rest ended. Where
    it has come to is the first place not taken, those taken behind it, and the state."""

    def __init__(self, operations, step):
        self.operations = operations
        self.step = step
        self.seen = set()
        self.deepest = (0, frozenset())

    def run(self, state):
        stack = [(0, frozenset(), state)]
        while stack:
            first, taken, state = stack.pop()
            if all(one.is_open or place in taken
                   for place, one in self.rest(first)):
                return None
            if first + len(taken) > self.deepest[0] + len(self.deepest[1]):
                self.deepest = (first, taken)
            stack += self.nexts(first, taken, state)
        first, taken = self.deepest
        return [self.operations[place] for place in self.candidates(first, taken)]

    def rest(self, first):
        return ((place, self.operations[place]) for place in range(first, len(self.operations)))

    def candidates(self, first, taken):
        """Places of what may come next."""
        until, found = NEVER, []
        for place in range(first, len(self.operations)):
            one = self.operations[place]
            if one.begun > until:
                break
            if place not in taken:
                found.append(place)
                until = min(until, one.ended)
        return [place for place in found if self.operations[place].begun <= until]

    def nexts(self, first, taken, state):
        for place in reversed(self.candidates(first, taken)):
            after = self.step(state, self.operations[place])
            if after is None:
                continue
            behind, others = first, taken | {place}
            while behind in others:
                others -= {behind}
                behind += 1
            if (behind, others, after) not in self.seen:
                self.seen.add((behind, others, after))
                yield behind, others, after
