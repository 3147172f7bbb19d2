"""What ./test counts."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import runner  # noqa: E402

CASE = '<TestCase name="{}" filename="f.cpp" line="1">{}<OverallResult success="{}"/></TestCase>'
WRONG = (
    '<Expression success="false" type="CHECK" filename="f.cpp" line="7">'
    "<Original>a == b</Original><Expanded>1 == 2</Expanded></Expression>"
)


def catch_results(*cases, end="</Group></Catch>"):
    return '<?xml version="1.0"?><Catch name="t"><Group name="t">' + "".join(cases) + end


def test_cases_are_counted_and_a_failure_names_place_and_values():
    results = catch_results(CASE.format("good", "", "true"), CASE.format("bad", WRONG, "false"))
    outcome = runner.parse_catch(results, "", 1)
    assert (outcome.passed, outcome.failed) == (1, 1)
    assert "bad" in outcome.report and "f.cpp:7" in outcome.report and "1 == 2" in outcome.report


def test_an_executable_that_dies_is_a_failure_in_its_last_test():
    results = catch_results(CASE.format("good", "", "true"), '<TestCase name="deadly"', end="")
    outcome = runner.parse_catch(results, "what it printed", -6)
    assert (outcome.passed, outcome.failed) == (1, 1)
    assert "deadly" in outcome.report and "what it printed" in outcome.report


def test_an_executable_that_fails_after_its_tests_is_a_failure():
    outcome = runner.parse_catch(catch_results(CASE.format("good", "", "true")), "leak", 23)
    assert (outcome.passed, outcome.failed) == (1, 1)


def test_an_executable_without_results_is_a_failure():
    assert runner.parse_catch("", "cannot load a library", 127).failed == 1


def test_pytest_without_results_is_a_failure_and_without_a_match_is_nothing():
    assert runner.parse_pytest("", "no module", 4).failed == 1
    nothing = '<testsuites><testsuite errors="0" failures="0" skipped="0" tests="0"/></testsuites>'
    outcome = runner.parse_pytest(nothing, "", runner.NOTHING_COLLECTED)
    assert (outcome.passed, outcome.failed) == (0, 0)


def test_the_reason_is_printed_once_why_tests_were_skipped():
    case = '<testcase><skipped message="no network of its own"/></testcase>'
    results = '<testsuites><testsuite errors="0" failures="0" skipped="2" tests="2">' \
              f'{case}{case}</testsuite></testsuites>'
    outcome = runner.parse_pytest(results, "", 0)
    assert outcome.report.strip() == "skipped: no network of its own"


def test_errors_of_pytest_count_as_failures_and_skipped_tests_as_neither():
    results = '<testsuites><testsuite errors="1" failures="2" skipped="3" tests="10"/></testsuites>'
    outcome = runner.parse_pytest(results, "printed", 1)
    assert (outcome.passed, outcome.failed, outcome.skipped) == (4, 3, 3)


def test_what_tests_measured_is_told_when_all_is_well():
    case = ('<testcase><properties><property name="figure" value="most 5 ms"/>'
            '<property name="other" value="x"/></properties></testcase>')
    good = f'<testsuites><testsuite errors="0" failures="0" skipped="0" tests="1">{case}' \
           '</testsuite></testsuites>'
    assert runner.parse_pytest(good, "printed", 0).report.strip() == "most 5 ms"


def test_simulated_runs_are_counted_and_what_failed_is_told():
    outcome = runner.parse_simulation("", "  12 elections\n498 passed, 2 failed\n", 1)
    assert (outcome.passed, outcome.failed) == (498, 2) and "elections" in outcome.report
    good = runner.parse_simulation("", "12 elections\n500 passed, 0 failed\n", 0)
    assert (good.passed, good.failed, good.report) == (500, 0, "")


def test_a_simulation_without_sums_or_that_fails_after_them_is_a_failure():
    assert runner.parse_simulation("", "FAILED seed 3: 1 passed, 0 failed early\n", -9).failed == 1
    assert runner.parse_simulation("", "500 passed, 0 failed\nkilled\n", -9).failed == 1
    assert runner.parse_simulation("", "500 passed, 0 failed\n", 1).failed == 1


def test_broken_variants_are_hunted_where_a_program_can_be_broken(tmp_path):
    assert list(runner.broken_jobs(tmp_path, "", "", tmp_path)) == []
    program = tmp_path / "tests" / "simulation" / "simulation_breakable"
    program.parent.mkdir(parents=True)
    program.touch()
    assert len(list(runner.broken_jobs(tmp_path, "", "", tmp_path))) == 1
    assert list(runner.broken_jobs(tmp_path, "", "money", tmp_path)) == []
    assert list(runner.broken_jobs(tmp_path, "address", "", tmp_path)) == []
    table = (runner.ROOT / "base" / "bugs.inc").read_text()
    assert all(f"RESALEHUB_BUG({one}," in table for one in runner.BROKEN_VARIANTS)


def test_without_a_simulation_program_there_is_nothing_to_simulate(tmp_path):
    assert list(runner.simulation_jobs(tmp_path, "", "", tmp_path)) == []
    program = tmp_path / "tests" / "simulation" / "simulation"
    program.parent.mkdir(parents=True)
    program.touch()
    assert list(runner.simulation_jobs(tmp_path, "", "money", tmp_path)) == []
    [usual] = runner.simulation_jobs(tmp_path, "", "", tmp_path)
    assert str(runner.SIMULATED_SEEDS) in usual.command
    [sanitized] = runner.simulation_jobs(tmp_path, "address", "", tmp_path)
    assert str(runner.SIMULATED_SEEDS_SANITIZED) in sanitized.command


def test_a_name_means_a_floor_or_matching_cases_tags_and_files():
    assert runner.catch_filter("base", "base_test", "") == []
    assert runner.catch_filter("base", "base_test", "base") == []
    assert runner.catch_filter("gateway", "edge_test", "edge_test") == []
    assert runner.catch_filter("gateway", "edge_test", "gateway_test") != []
    assert runner.catch_filter("base", "base_test", "money") == [
        "*money*,[money],[#money],[#money_test]"]
    assert runner.catch_filter("base", "base_test", "a, b") == [r"*a\, b*"]
