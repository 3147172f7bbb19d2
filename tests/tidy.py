"""The rules of the house that a program can check, over the files of the project.

A rule is a function from a tree (path -> text) to its violations, "path:line: sentence". Run alone,
it prints all of them. tests/tidy_test.py shows for each rule what it catches and what it lets pass.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# -- what may stand where --------------------------------------------------------------------------

INCLUDES = {  # a floor -> the floors that it may include
    "base": {"base"},
    "config": {"config", "base"},
    "storage": {"storage", "config", "base"},
    "cluster": {"cluster", "storage", "config", "base"},
    "actors": {"actors", "base"},
    "gateway": {"gateway", "cluster", "actors", "config", "base"},
}
LINES_MAX = {".hpp": 250, ".h": 250, ".cpp": 400}
FUNCTION_LINES_MAX = 70
COLUMNS_MAX = 100
PARAMETERS_MAX = 4
TABLES = {"catalog", "routes", "options"}  # may be longer
# The entity host and the rooms that it was divided into.
CAF_ROOMS = {"awake_table", "entity_host", "entity_host_log", "entity_ref", "node", "node_actors",
             "outbox", "unbroken"}
RULE_ROOMS = {"placement", "rate_limit", "request_head"}  # rules outside actors/
MUTEX_ROOMS = ("base/log.", "config/metric.", "storage/")
BANNED_WORDS = {"manager", "helper", "helpers", "util", "utils", "utility", "common", "misc",
                "data", "info", "flag", "tmp", "impl"}
NAMED_BY_OTHERS = {"get_executor"}  # what a library looks for
SPOKEN_OF = {"data_directory"}  # one word to everybody who runs the program
CODE_FOLDERS = ("base", "config", "storage", "cluster", "actors", "gateway", "bench", "tests")

# -- reading ---------------------------------------------------------------------------------------


def read_tree(root):
    """All sources of the project, by path."""
    files = [*root.glob("*.[hc]pp"), *root.glob("CMakeLists.txt"), *root.glob("cmake/*.cmake")]
    for folder in CODE_FOLDERS:
        for pattern in ("*.hpp", "*.h", "*.cpp", "*.inc", "*.rs", "*.py", "CMakeLists.txt"):
            files += (root / folder).rglob(pattern)
    return {str(file.relative_to(root)): file.read_text() for file in sorted(files)}


def is_code(path):
    return path.endswith((".hpp", ".h", ".cpp", ".inc"))


def floor_of(path):
    return path.split("/")[0] if "/" in path else ""


def stem(path):
    return pathlib.PurePath(path).stem


def blank(found):
    """Spaces for what was found, its lines kept."""
    return re.sub(r"[^\n]", " ", found.group())


COMMENT = r"//[^\n]*|/\*.*?\*/"
LITERAL = r'R"(\w*)\((?:.*?)\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\''


def without_literals(text):
    """The code alone: comments and literals blanked, lines and columns kept."""
    text = re.sub(r"(?<=[0-9a-fA-F])'(?=[0-9a-fA-F])", " ", text)
    return re.sub(rf"{LITERAL}|{COMMENT}", blank, text, flags=re.S)


def found_in(path, text, pattern, sentence):
    for match in re.finditer(pattern, text, flags=re.M):
        line = text.count("\n", 0, match.start()) + 1
        yield f"{path}:{line}: {sentence.format(*match.groups())}"


def search(tree, chosen, pattern, sentence):
    """Violations in the code, without comments and literals, of the chosen paths."""
    for path, text in tree.items():
        if is_code(path) and chosen(path):
            yield from found_in(path, without_literals(text), pattern, sentence)


def includes(text):
    for match in re.finditer(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', text, flags=re.M):
        yield text.count("\n", 0, match.start()) + 1, match[1] == '"', match[2]


def included(tree, chosen, pattern, sentence):
    for path, text in tree.items():
        if not is_code(path) or not chosen(path):
            continue
        for line, _, name in includes(text):
            if re.match(pattern, name):
                yield f"{path}:{line}: {sentence.format(name)}"


# -- includes --------------------------------------------------------------------------------------


def a_floor_includes_only_floors_below_it(tree):
    for path, text in tree.items():
        allowed = INCLUDES.get(floor_of(path))
        if not is_code(path) or allowed is None:
            continue
        for line, ours, name in includes(text):
            if ours and floor_of(name) not in allowed:
                yield f"{path}:{line}: {floor_of(path)}/ may not include {name}"


def an_include_is_written_from_the_root(tree):
    for path, text in tree.items():
        if not is_code(path):
            continue
        for line, ours, name in includes(text):
            if ours and name not in tree:
                yield f"{path}:{line}: {name} is not a path from the root"


def caf_stays_with_actors_and_their_host(tree):
    def outside(path):
        room = stem(path)
        inside = floor_of(path) == "cluster" and (room.endswith("_actor") or room in CAF_ROOMS)
        return not (inside or path == "main.cpp" or floor_of(path) == "tests")

    yield from included(tree, outside, r"caf/", "{} belongs to actors and their host")


def rocksdb_stays_in_storage(tree):
    yield from included(tree, lambda path: floor_of(path) not in ("storage", "tests", "bench"),
                        r"rocksdb/", "{} belongs to storage/")


def beast_and_sockets_stay_at_the_door(tree):
    def outside(path):
        at_door = r"gateway/\w+_(server|session|transport)\.[hc]pp|cluster/tls_link\w*\.[hc]pp"
        at_door += r"|ctl_client\.cpp"  # the one client of our own
        return not re.fullmatch(at_door, path) and floor_of(path) not in ("tests", "bench")

    sockets = (r"boost/beast(?!/src\.hpp)|"
               r"boost/asio/(ip/|ssl(?!/impl/src)|basic_\w*(socket|acceptor))")
    yield from included(tree, outside, sockets,
                        "{} belongs to *_server, *_session, tls_link and ctl_client")


def asio_is_not_known_below_the_gateway(tree):
    def below(path):
        return floor_of(path) in INCLUDES and floor_of(path) != "gateway" and "tls_link" not in path

    yield from included(tree, below, r"boost/asio", "{} belongs to the gateway")


def rust_is_known_to_one_file(tree):
    for path, text in tree.items():
        if path == "cluster/raft_group.cpp" or not is_code(path):
            continue
        for line, _, name in includes(text):
            if name.endswith("raft_rs.h"):
                yield f"{path}:{line}: only cluster/raft_group.cpp knows {name}"


def heavy_headers_stay_out_of_headers(tree):
    def header(path):
        return path.endswith((".hpp", ".h")) and floor_of(path) != "tests"

    heavy = r"spdlog/|nlohmann/|rocksdb/|caf/all|toml\+\+/|CLI/|boost/beast\."
    yield from included(tree, header, heavy, "{} slows everybody's build: include it in a .cpp")


def a_rule_needs_nothing_but_base(tree):
    def rule(path):
        if floor_of(path) == "tests":
            return False
        return floor_of(path) == "actors" or stem(path) in RULE_ROOMS

    yield from included(tree, rule, r"(?!(base|actors|gateway|cluster)/).*/",
                        "a rule includes base/ and the standard library only, not {}")


# -- hidden inputs ---------------------------------------------------------------------------------


def time_and_chance_come_through_ports(tree):
    def chosen(path):
        return path != "main.cpp" and floor_of(path) in INCLUDES

    pattern = (r"\b((?:system|steady|high_resolution)_clock::now|random_device|randombytes_\w+|"
               r"mt19937\w*|getrandom|gettimeofday|clock_gettime|RAND_bytes|std::rand|srand)\b|"
               r"\bstd::time\(")
    yield from search(tree, chosen, pattern, "the clock and chance come through base/ports.hpp")


def nobody_sleeps(tree):
    yield from search(tree, lambda path: floor_of(path) != "bench",
                      r"\b(sleep_for|sleep_until|usleep|nanosleep)\b|(?<!\w)::sleep\(",
                      "nothing sleeps: wait for what you wait for")


def locks_stay_in_their_rooms(tree):
    def outside(path):
        return floor_of(path) in INCLUDES and not path.startswith(MUTEX_ROOMS)

    pattern = r"\bstd::(\w*mutex|lock_guard|unique_lock|scoped_lock|condition_variable\w*)\b"
    yield from search(tree, outside, pattern, "std::{0}: actors and strands own their state")


def rules_count_in_integers_and_in_order(tree):
    def rule(path):
        return floor_of(path) == "actors" or path.startswith("base/money")

    yield from search(tree, rule, r"\b(float|double|unordered_\w+)\b",
                      "{0} has no place in a rule: its results must repeat exactly")


def production_knows_no_tests(tree):
    yield from search(tree, lambda path: floor_of(path) in INCLUDES,
                      r"\bif\s*\(\s*!?\s*(testing|is_test|in_test|under_test)\b",
                      "production code does not ask whether it is tested")


# -- sizes -----------------------------------------------------------------------------------------


def files_are_short(tree):
    for path, text in tree.items():
        limit = LINES_MAX.get(pathlib.PurePath(path).suffix)
        count = text.count("\n")
        if limit and count > limit and stem(path) not in TABLES:
            yield f"{path}:{count}: {count} lines, {limit} at most: split it along a noun"


def lines_are_short(tree):
    for path, text in tree.items():
        if not is_code(path) and not path.endswith((".rs", ".py", ".cmake")):
            continue
        for number, line in enumerate(text.split("\n"), 1):
            if len(line) > COLUMNS_MAX:
                yield f"{path}:{number}: {len(line)} columns, {COLUMNS_MAX} at most"


CONTAINER = re.compile(r"\b(namespace|class|struct|union|enum|extern)\b[^;()]*$")
AFTER_PARAMETERS = re.compile(r"\)\s*(const|noexcept|override)?\s*$")
NOT_A_FUNCTION = re.compile(r"^\s*(=|return\b)|[=,(]\s*$|\]\s*$")


def functions(text):
    """(first line, last line, what stands before the brace) of each function at namespace or class
    level; what stands inside one belongs to it."""
    code = re.sub(r"^[ \t]*#[^\n]*(\\\n[^\n]*)*", blank, without_literals(text), flags=re.M)
    containers, start, inside = [], 0, 0
    opened = None
    for at, sign in ((match.start(), match.group()) for match in re.finditer(r"[{};]", code)):
        if inside:
            inside += {"{": 1, "}": -1, ";": 0}[sign]
            if inside == 0:
                if opened:
                    yield opened[0], code.count("\n", 0, at) + 1, opened[1]
                opened, start = None, at + 1
        elif sign == "{":
            head = code[start:at]
            if CONTAINER.search(head) and not AFTER_PARAMETERS.search(head):
                containers.append(at)
                start = at + 1
            else:
                inside = 1
                if "(" in head and not NOT_A_FUNCTION.search(head):
                    first = start + len(head) - len(head.lstrip())
                    opened = (code.count("\n", 0, first) + 1, head.strip())
        else:
            start = at + 1


def functions_are_short(tree):
    for path, text in tree.items():
        if not is_code(path) or stem(path) in TABLES:
            continue
        for first, last, _ in functions(text):
            count = last - first + 1
            if count > FUNCTION_LINES_MAX:
                yield f"{path}:{first}: a function of {count} lines, {FUNCTION_LINES_MAX} at most"


def parameters_of(head):
    """The text of each parameter of a function, from what stands before its brace."""
    inner = re.search(r"[\w>\]=!+*/<()-]\s*\(", head)
    if not inner:
        return []
    depth, current, all_of_them = 0, "", []
    for sign in head[inner.end():]:
        if sign in ")]}>" and depth == 0:
            break
        depth += (sign in "([{<") - (sign in ")]}>")
        if sign == "," and depth == 0:
            all_of_them.append(current)
            current = ""
        else:
            current += sign
    return [text.strip() for text in [*all_of_them, current] if text.strip()]


def declared(tree):
    """(path, line, parameters) of each function with a body, but macros and what others declare."""
    for path, text in tree.items():
        if is_code(path):
            for first, _, head in functions(text):
                if not re.match(r"[A-Z_]+\(", head) and not re.search(r"\boverride\b", head):
                    yield path, first, parameters_of(head)


def four_parameters_are_enough(tree):
    for path, line, parameters in declared(tree):
        count = len(parameters)
        # An option is a row of a table: name, default, bounds and sentence side by side.
        if count > PARAMETERS_MAX and path != "config/option.hpp":
            yield f"{path}:{line}: {count} parameters, {PARAMETERS_MAX} at most: take a struct"


def no_parameter_is_a_bool(tree):
    # What is encoded or checked is no choice.
    choice = re.compile(r"(const\s+)?bool\s+(?!value\b|condition\b)\w")
    for path, line, parameters in declared(tree):
        if floor_of(path) in INCLUDES and any(map(choice.match, parameters)):
            yield f"{path}:{line}: a bool parameter says nothing at the call: take an enum"


# -- names and comments ----------------------------------------------------------------------------


def names_say_what_a_thing_is(tree):
    words = "|".join(sorted(BANNED_WORDS))
    for path in tree:
        name = stem(path).removesuffix("_test")
        if name not in SPOKEN_OF and BANNED_WORDS.intersection(name.split("_")):
            yield f"{path}:1: the file's name says nothing"
    yield from search(tree, lambda path: True,
                      rf"\b(?:class|struct|enum|namespace|using)\s+(?:\w+_)?({words})\b(?!:)",
                      "{0} as a name says nothing")


def functions_are_plain_verbs(tree):
    others = "|".join(NAMED_BY_OTHERS)
    yield from search(tree, lambda path: True,
                      rf"(?<![\w.:>])(?!(?:{others})\b)((?:get|do|handle)_\w+)\s*\(",
                      "{0}: leave the first word out")


def no_marker_stays(tree):
    for path, text in tree.items():
        if not path.startswith("tests/tidy"):
            yield from found_in(path, text, r"\b(TODO|FIXME|HACK)\b",
                                "{0}: do it or open an issue")


def a_header_says_what_it_is_for(tree):
    for path, text in tree.items():
        if path.endswith((".hpp", ".h")) and not re.match(r"#pragma once\n///? \S", text):
            yield f"{path}:1: begins with #pragma once and what it is for"


# -- dead files ------------------------------------------------------------------------------------


def every_file_is_used(tree):
    is_list = re.compile(r"CMakeLists\.txt$|\.cmake$")
    lists = "\n".join(text for path, text in tree.items() if is_list.search(path))
    everything = {name for text in tree.values() for _, ours, name in includes(text) if ours}
    for path, text in tree.items():
        name = path.split("/")[-1]
        named = re.search(rf"(?<!\w){re.escape(name)}\b", lists)
        if path.endswith((".cpp", ".rs")) and not named:
            yield f"{path}:1: no CMakeLists.txt names it"
        if path.endswith((".hpp", ".h", ".inc")) and path not in everything:
            yield f"{path}:1: nobody includes it"
        if is_code(path) and not text.strip():
            yield f"{path}:1: is empty"


BREAKABLE = "tests/simulation/CMakeLists.txt"


def a_broken_variant_is_compiled_where_it_can_be_chosen(tree):
    for path, text in tree.items():
        if floor_of(path) in INCLUDES and '"base/bug.hpp"' in text:
            if not path.endswith(".cpp"):
                yield f"{path}:1: a header with variants would have to be compiled a second time"
            elif f"../../{path}\n" not in tree.get(BREAKABLE, ""):
                yield f"{path}:1: {BREAKABLE} does not compile it for simulation_breakable"


RULES = [
    a_floor_includes_only_floors_below_it,
    an_include_is_written_from_the_root,
    caf_stays_with_actors_and_their_host,
    rocksdb_stays_in_storage,
    beast_and_sockets_stay_at_the_door,
    asio_is_not_known_below_the_gateway,
    rust_is_known_to_one_file,
    heavy_headers_stay_out_of_headers,
    a_rule_needs_nothing_but_base,
    time_and_chance_come_through_ports,
    nobody_sleeps,
    locks_stay_in_their_rooms,
    rules_count_in_integers_and_in_order,
    production_knows_no_tests,
    files_are_short,
    lines_are_short,
    functions_are_short,
    four_parameters_are_enough,
    no_parameter_is_a_bool,
    names_say_what_a_thing_is,
    functions_are_plain_verbs,
    no_marker_stays,
    a_header_says_what_it_is_for,
    every_file_is_used,
    a_broken_variant_is_compiled_where_it_can_be_chosen,
]


def main():
    tree = read_tree(ROOT)
    violations = [(rule, text) for rule in RULES for text in rule(tree)]
    for rule, text in violations:
        print(f"{text}  [{rule.__name__}]")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
