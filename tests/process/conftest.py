"""Fixtures: a node for each file, with the options that the file names, and the people on it."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from harness.document import check_every_answer, document_of  # noqa: E402
from harness.node import Node  # noqa: E402
from harness.story import Market  # noqa: E402

check_every_answer()


@pytest.fixture(scope="module")
def node(request):
    """Of the whole file; its options are the file's OPTIONS."""
    with Node(getattr(request.module, "OPTIONS", None)) as running:
        yield running


@pytest.fixture(scope="module")
def market(node):
    return Market(node.http, node.admin)


@pytest.fixture
def figure(record_property):
    """Tells what was measured: `./test` shows it though all is well."""

    def tell(sentence):
        print(sentence, flush=True)
        record_property("figure", sentence)

    return tell


@pytest.fixture(scope="module")
def document(node):
    return document_of(node.http)


@pytest.fixture
def start_node():
    """Starts nodes with options of their own, and ends them with the test."""
    started = []

    def start(options=None, **more):
        node = Node(options, **more)
        started.append(node)
        return node.start()

    yield start
    for node in started:
        node.discard()


@pytest.fixture
def seller(market):
    return market.seller()


@pytest.fixture
def buyer(market):
    return market.person("Bea")
