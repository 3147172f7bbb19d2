"""Each rule of tidy.py: what it catches, what it lets pass, and that the project keeps it."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import tidy  # noqa: E402

TREE = tidy.read_tree(tidy.ROOT)


def lines(count):
    return "int x;\n" * count


def function(body_lines):
    return "int f() {\n" + "  g();\n" * body_lines + "}\n"


# rule -> (what it catches, one tree each; what it lets pass, one tree each)
EXAMPLES = {
    tidy.a_floor_includes_only_floors_below_it: (
        [{"base/id.cpp": '#include "storage/keys.hpp"\n'},
         {"actors/cart.hpp": '#include "cluster/request.hpp"\n'},
         {"cluster/node.cpp": '#include "actors/cart.hpp"\n'},
         {"gateway/routes.cpp": '  # include "storage/keys.hpp"\n'}],
        [{"storage/keys.hpp": '#include "base/id.hpp"\n#include <vector>\n'},
         {"gateway/routes.cpp": '#include "actors/cart.hpp"\n'},
         {"main.cpp": '#include "storage/keys.hpp"\n'}]),
    tidy.an_include_is_written_from_the_root: (
        [{"base/id.cpp": '#include "id.hpp"\n', "base/id.hpp": ""}],
        [{"base/id.cpp": '#include "base/id.hpp"\n', "base/id.hpp": ""}]),
    tidy.caf_stays_with_actors_and_their_host: (
        [{"cluster/raft_group.cpp": "#include <caf/send.hpp>\n"},
         {"gateway/live.cpp": "#include <caf/actor.hpp>\n"},
         {"actors/cart_actor.cpp": "#include <caf/actor.hpp>\n"}],
        [{"cluster/partition_actor.hpp": "#include <caf/actor.hpp>\n"},
         {"cluster/entity_host.cpp": "#include <caf/send.hpp>\n"},
         {"main.cpp": "#include <caf/actor_system.hpp>\n"}]),
    tidy.rocksdb_stays_in_storage: (
        [{"cluster/node.cpp": "#include <rocksdb/db.h>\n"},
         {"main.cpp": "#include <rocksdb/env.h>\n"}],
        [{"storage/log_store.cpp": "#include <rocksdb/db.h>\n"}]),
    tidy.beast_and_sockets_stay_at_the_door: (
        [{"gateway/routes.cpp": "#include <boost/beast/http.hpp>\n"},
         {"gateway/live.cpp": "#include <boost/asio/ip/tcp.hpp>\n"},
         {"cluster/node.cpp": "#include <boost/asio/basic_stream_socket.hpp>\n"}],
        [{"gateway/http_session.cpp": "#include <boost/beast/http.hpp>\n"},
         {"gateway/loop.hpp": "#include <boost/asio/io_context.hpp>\n"},
         {"ctl_client.cpp": "#include <boost/beast/http.hpp>\n"},
         {"cluster/tls_link.cpp": "#include <boost/beast/websocket.hpp>\n"}]),
    tidy.asio_is_not_known_below_the_gateway: (
        [{"cluster/node.cpp": "#include <boost/asio/post.hpp>\n"}],
        [{"gateway/loop.hpp": "#include <boost/asio/post.hpp>\n"}]),
    tidy.rust_is_known_to_one_file: (
        [{"cluster/node.cpp": '#include "cluster/raft_rs/raft_rs.h"\n'}],
        [{"cluster/raft_group.cpp": '#include "cluster/raft_rs/raft_rs.h"\n'}]),
    tidy.heavy_headers_stay_out_of_headers: (
        [{"base/log.hpp": "#include <spdlog/spdlog.h>\n"},
         {"base/json.hpp": "#include <nlohmann/json.hpp>\n"},
         {"cluster/list_actor.hpp": "#include <caf/all.hpp>\n"}],
        [{"base/log.cpp": "#include <spdlog/spdlog.h>\n"},
         {"cluster/list_actor.hpp": "#include <caf/actor.hpp>\n"}]),
    tidy.a_rule_needs_nothing_but_base: (
        [{"actors/cart.cpp": "#include <nlohmann/json.hpp>\n"},
         {"gateway/rate_limit.hpp": "#include <boost/asio/post.hpp>\n"}],
        [{"actors/cart.cpp": '#include "base/money.hpp"\n#include "actors/listing.hpp"\n'},
         {"gateway/rate_limit.hpp": "#include <vector>\n"}]),
    tidy.time_and_chance_come_through_ports: (
        [{"cluster/node.cpp": "auto t = std::chrono::steady_clock::now();\n"},
         {"gateway/live.cpp": "std::random_device chance;\n"},
         {"base/id.cpp": "randombytes_buf(bytes, 16);\n"}],
        [{"main.cpp": "auto t = std::chrono::steady_clock::now();\n"},
         {"base/time.hpp": "// not system_clock::now\nusing clock = std::chrono::system_clock;"}]),
    tidy.nobody_sleeps: (
        [{"cluster/node.cpp": "std::this_thread::sleep_for(1s);\n"},
         {"tests/base/id_test.cpp": "::usleep(10);\n"}],
        [{"cluster/entity_host.cpp": "host.sleep(entity);\n// sleep_for\n"}]),
    tidy.locks_stay_in_their_rooms: (
        [{"cluster/node.cpp": "std::mutex lock;\n"},
         {"gateway/live.hpp": "std::shared_mutex lock;\n"}],
        [{"storage/work_queue.hpp": "std::mutex lock;\n"}, {"base/log.cpp": "std::mutex lock;\n"}]),
    tidy.rules_count_in_integers_and_in_order: (
        [{"actors/cart.cpp": "double total = 0;\n"},
         {"actors/room.hpp": "std::unordered_map<int, int> members;\n"}],
        [{"actors/cart.cpp": "std::int64_t total = 0;  // not a double\n"},
         {"gateway/live.cpp": "std::unordered_map<int, int> watched;\n"}]),
    tidy.production_knows_no_tests: (
        [{"cluster/node.cpp": "if (testing) return;\n"}],
        [{"cluster/node.cpp": "if (running) return;\n"}]),
    tidy.files_are_short: (
        [{"base/id.hpp": lines(251)}, {"base/id.cpp": lines(401)}],
        [{"base/id.hpp": lines(250)}, {"base/id.cpp": lines(400)},
         {"gateway/routes.cpp": lines(900)}]),
    tidy.lines_are_short: (
        [{"base/id.hpp": "x" * 101}, {"cluster/raft_rs/src/lib.rs": "ok\n" + "x" * 101}],
        [{"base/id.hpp": "x" * 100 + "\n" + "x" * 100}]),
    tidy.functions_are_short: (
        [{"base/id.cpp": function(69)},
         {"base/id.cpp": "namespace a {\nclass b final : public c {\n" + function(80) + "};\n}\n"},
         {"base/id.cpp": "b::b(int x)\n    : x_(x) {\n" + "  g();\n" * 80 + "}\n"},
         {"tests/base/id_test.cpp": 'TEST_CASE("{ a name }") {\n' + "  g();\n" * 80 + "}\n"}],
        [{"base/id.cpp": function(68)},
         {"base/id.cpp": "struct a {\n" + function(60) + function(60) + "};\n"},
         {"base/id.cpp": "const int table[] = {\n" + "  1,\n" * 90 + "};\n" + function(3)}]),
    tidy.four_parameters_are_enough: (
        [{"base/id.cpp": "int f(int a, int b, int c, int d, int e) {\n}\n"}],
        [{"base/id.cpp": "int f(int a, std::map<int, int> b, int c, int d) {\n}\n"},
         {"tests/a.cpp": "int f(int a, int b, int c, int d, int e) override {\n}\n"}]),
    tidy.no_parameter_is_a_bool: (
        [{"base/id.cpp": "int f(int a, bool fast) {\n}\n"}],
        [{"base/json.cpp": "void write(std::string& into, bool value) {\n}\n"},
         {"base/id.cpp": "bool f(int a) {\n  bool b;\n}\n"}]),
    tidy.names_say_what_a_thing_is: (
        [{"base/string_utils.cpp": ""}, {"base/id.hpp": "class session_manager {\n"},
         {"base/id.hpp": "struct info {\n"}],
        [{"base/id.hpp": "class session_table {\n  int data;\n"}]),
    tidy.functions_are_plain_verbs: (
        [{"base/id.hpp": "int get_size() const;\n"},
         {"base/id.hpp": "void handle_message(int);\n"}],
        [{"base/id.hpp": "std::get_if<int>(&x); socket.get_executor(); a->do_it();\n"},
         {"gateway/a_transport.hpp": "executor get_executor() { return e; }\n"}]),
    tidy.no_marker_stays: (
        [{"base/id.hpp": "// TODO: later\n"}, {"cluster/raft_rs/src/lib.rs": "// FIXME\n"}],
        [{"base/id.hpp": "// to do or not to do\n"}]),
    tidy.a_header_says_what_it_is_for: (
        [{"base/id.hpp": "#include <string>\n"}, {"base/id.hpp": "#pragma once\n\nstruct a;\n"}],
        [{"base/id.hpp": "#pragma once\n/// Typed ids.\n"}]),
    tidy.every_file_is_used: (
        [{"base/id.cpp": "int x;\n", "base/CMakeLists.txt": "add_library(a grid.cpp)"},
         {"base/id.hpp": "int x;\n"},
         {"base/id.cpp": "\n", "base/CMakeLists.txt": "add_library(a id.cpp)"}],
        [{"base/id.cpp": '#include "base/id.hpp"\n', "base/id.hpp": "int x;\n",
          "base/CMakeLists.txt": "add_library(a id.cpp)"}]),
    tidy.a_broken_variant_is_compiled_where_it_can_be_chosen: (
        [{"cluster/router.cpp": '#include "base/bug.hpp"\n', tidy.BREAKABLE: ""},
         {"cluster/router.hpp": '#include "base/bug.hpp"\n',
          tidy.BREAKABLE: "  ../../cluster/router.hpp\n"}],
        [{"cluster/router.cpp": '#include "base/bug.hpp"\n',
          tidy.BREAKABLE: "  ../../cluster/router.cpp\n"}]),
}


def named(values):
    return [pytest.param(value, id=value.__name__) for value in values]


@pytest.mark.parametrize("rule", named(tidy.RULES))
def test_a_rule_catches_what_it_is_for_and_nothing_else(rule):
    caught, passed = EXAMPLES[rule]
    for tree in caught:
        assert list(rule(tree)), tree
    for tree in passed:
        assert not list(rule(tree)), tree


@pytest.mark.parametrize("rule", named(tidy.RULES))
def test_the_project_keeps(rule):
    violations = list(rule(TREE))
    if violations:
        pytest.fail("\n".join(violations), pytrace=False)


def test_the_project_is_seen():
    assert {"base/id.hpp", "cluster/raft_rs/src/lib.rs", "tests/tidy.py"} <= set(TREE)
    sources = [text for path, text in TREE.items() if path.endswith(".cpp")]
    assert sum(len(list(tidy.functions(text))) for text in sources) > 100


def test_functions_are_found_with_their_lines():
    code = 'namespace a {\nint f() {\n  if (x) { return "}"[0]; }\n}\n\nvoid b::g() const {}\n}\n'
    assert [(first, last) for first, last, _ in tidy.functions(code)] == [(2, 4), (6, 6)]
