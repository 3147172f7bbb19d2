"""Runs the tests of a build folder, two at a time, and counts them: called by ./test.

    runner.py FOLDER SANITIZER NAME      (the last two may be empty)

Catch2 executables are FOLDER/tests/<floor>/<floor>_test; Python tests are tests/*_test.py and
tests/process/test_*.py, which find the program in RESALEHUB_BINARY and the sanitizer's name, or
nothing, in RESALEHUB_SANITIZE. FOLDER/tests/simulation/simulation runs simulated clusters: new
seeds, and those of tests/simulation/regressions.txt; simulation_breakable beside it runs broken
variants of the product, which must be caught. Counted are test cases and simulated runs.
Whatever a sanitizer reports, in a test or in a program that a test started, is one more failure.
"""

import concurrent.futures
import dataclasses
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as tree

ROOT = pathlib.Path(__file__).resolve().parent.parent
PYTHON = "/usr/bin/python3"
JOB_SECONDS_MAX = 1200
SIMULATED_SEEDS = 500
SIMULATED_SEEDS_SANITIZED = 100  # it takes ten times as long
# Of base/bugs.inc: each is caught within a few seeds; docs/broken-variants.md has them all.
BROKEN_VARIANTS = ["log_unsynced", "state_unsynced", "hard_state_dropped", "acknowledged_unsynced",
                   "answered_at_proposal", "reads_unconfirmed", "requests_forgotten"]
BROKEN_SEEDS_MAX = 100
NOTHING_COLLECTED = 5  # pytest's exit status


@dataclasses.dataclass
class Outcome:
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    report: str = ""


@dataclasses.dataclass
class Job:
    name: str
    command: list
    results: pathlib.Path  # XML
    parse: object  # (results text, printed text, exit status) -> Outcome


# -- Catch2 ----------------------------------------------------------------------------------------


def catch_filter(floor, program, name):
    """The test cases of a floor's executable that a name means; nothing: all of them."""
    if not name or name in (floor, program, f"tests/{floor}"):
        return []
    escaped = re.sub(r'([\\,\[\]"])', r"\\\1", name)
    specs = [f"*{escaped}*"]
    if re.fullmatch(r"[\w.-]+", name):
        specs += [f"[{name}]", f"[#{name}]", f"[#{name}_test]"]
    return [",".join(specs)]


def describe_catch_failure(case):
    lines = [f"FAILED: {case.get('name')}  ({case.get('filename')}:{case.get('line')})"]
    for found in case.iter():
        place = f"{found.get('filename')}:{found.get('line')}"
        text = (found.text or "").strip()
        if found.tag == "Expression" and found.get("success") == "false":
            original = found.findtext("Original", "").strip()
            expanded = found.findtext("Expanded", "").strip()
            lines.append(f"  {place}: {found.get('type')}( {original} )  with  {expanded}")
        elif found.tag in ("Failure", "Exception", "FatalErrorCondition"):
            lines.append(f"  {place}: {found.tag}: {text}")
        elif found.tag == "Info":
            lines.append(f"  info: {text}")
    return "\n".join(lines)


def parse_catch(results, printed, status):
    try:
        root = tree.fromstring(results)
    except tree.ParseError:
        return parse_cut_catch(results, printed, status)
    outcome = Outcome()
    failures = []
    for case in root.iter("TestCase"):
        overall = case.find("OverallResult")
        if overall is not None and overall.get("success") == "true":
            outcome.passed += 1
        else:
            outcome.failed += 1
            failures.append(describe_catch_failure(case))
    if status != 0 and not failures:
        outcome.failed += 1
        failures.append(f"FAILED: exit status {status} after the last test")
    if root.find(".//FatalErrorCondition") is not None:
        failures.append("  (it died there: later tests did not run)")
    if failures:
        outcome.report = "\n".join(failures + [printed[-4000:]])
    return outcome


def parse_cut_catch(results, printed, status):
    """The executable died in a test: what ended well before it counts."""
    passed = len(re.findall(r'<OverallResult success="true"', results))
    failed = len(re.findall(r'<OverallResult success="false"', results))
    names = re.findall(r'<TestCase name="([^"]*)"', results)
    last = names[-1] if names else "before the first test"
    report = f"FAILED: died with status {status} in: {last} (later tests did not run)\n"
    return Outcome(passed, failed + 1, 0, report + printed[-8000:])


def catch_jobs(folder, name, output):
    for program in sorted((ROOT / folder / "tests").glob("*/*_test")):
        results = output / f"{program.name}.xml"
        command = [str(program), "--filenames-as-tags", "-r", "xml", "-o", str(results)]
        command += catch_filter(program.parent.name, program.name, name)
        yield Job(program.name, command, results, parse_catch)


# -- pytest ----------------------------------------------------------------------------------------


def parse_pytest(results, printed, status):
    try:
        suite = next(tree.fromstring(results).iter("testsuite"))
    except (tree.ParseError, StopIteration):
        return Outcome(0, 1, 0, f"FAILED: pytest ended with status {status}\n{printed[-8000:]}")
    failed = int(suite.get("failures")) + int(suite.get("errors"))
    skipped = int(suite.get("skipped"))
    passed = int(suite.get("tests")) - failed - skipped
    if status not in (0, NOTHING_COLLECTED) and failed == 0:
        failed = 1
    # What a test measured is told though all is well.
    figures = [f"       {one.get('value')}" for one in suite.iter("property")
               if one.get("name") == "figure"]
    reasons = sorted({one.get("message", "") for one in suite.iter("skipped")})
    told = figures + [f"       skipped: {reason}" for reason in reasons]
    return Outcome(passed, failed, skipped, printed[-20000:] if failed else "\n".join(told))


def pytest_jobs(sanitizer, name, output):
    files = sorted(ROOT.glob("tests/process/test_*.py"))
    if not sanitizer:
        files += sorted(ROOT.glob("tests/*_test.py"))
    for file in files:
        results = output / f"{file.stem}.xml"
        command = [PYTHON, "-m", "pytest", "-q", "--tb=short", "-p", "no:cacheprovider"]
        command += [f"--rootdir={ROOT}", f"--junitxml={results}", str(file)]
        words = re.findall(r"\w+", name)
        if words and name not in (file.stem, file.parent.name, f"tests/{file.parent.name}"):
            command += ["-k", " and ".join(words)]
        yield Job(f"{file.parent.name}/{file.name}", command, results, parse_pytest)


# -- simulation ------------------------------------------------------------------------------------


def parse_simulation(_, printed, status):
    """Each run counts as a test case; a failed one has its report in what was printed."""
    sums = re.search(r"^(\d+) passed, (\d+) failed\s*\Z", printed, flags=re.M)
    if not sums:
        return Outcome(0, 1, 0, f"FAILED: the simulation ended with {status}\n{printed[-8000:]}")
    passed, failed = map(int, sums.groups())
    if status != 0 and failed == 0:
        failed = 1
    return Outcome(passed, failed, 0, printed[-60000:] if failed else "")


def simulation_jobs(folder, sanitizer, name, output):
    program = ROOT / folder / "tests" / "simulation" / "simulation"
    if not program.exists() or name not in ("", "simulation", "tests/simulation"):
        return
    seeds = SIMULATED_SEEDS_SANITIZED if sanitizer else SIMULATED_SEEDS
    command = [str(program), "--seeds", str(seeds), "--jobs", str(os.cpu_count() or 1),
               "--regressions", str(ROOT / "tests" / "simulation" / "regressions.txt")]
    yield Job("simulation", command, output / "simulation.none", parse_simulation)


def broken_jobs(folder, sanitizer, name, output):
    """That the simulation finds bugs: a few broken variants of the product, each of which must fail
    within so many seeds. Caught ones count as passed."""
    program = ROOT / folder / "tests" / "simulation" / "simulation_breakable"
    if sanitizer or not program.exists() or name not in ("", "broken", "simulation"):
        return
    command = [str(program), "--broken", ",".join(BROKEN_VARIANTS),
               "--seeds", str(BROKEN_SEEDS_MAX)]
    yield Job("broken variants", command, output / "broken.none", parse_simulation)


# -- running ---------------------------------------------------------------------------------------


def surroundings(folder, sanitizer, output):
    """The environment of every job."""
    log = f"log_path={output}/sanitizer"
    support = ROOT / "tests" / "support"
    return os.environ | {
        "RESALEHUB_BINARY": str(ROOT / folder / "resalehub"),
        "RESALEHUB_SANITIZE": sanitizer,
        "PYTHONDONTWRITEBYTECODE": "1",
        "ASAN_OPTIONS": f"{log}:detect_leaks=1:detect_stack_use_after_return=1",
        "LSAN_OPTIONS": f"suppressions={support}/sanitize_leak.txt:print_suppressions=0",
        "UBSAN_OPTIONS": f"{log}:print_stacktrace=1",
        "TSAN_OPTIONS": f"{log}:suppressions={support}/sanitize_thread.txt:print_suppressions=0",
    }


def run(job, environment):
    started = time.monotonic()
    job.results.unlink(missing_ok=True)
    with open(job.results.with_suffix(".log"), "w+", errors="replace") as printed:
        process = subprocess.Popen(job.command, cwd=ROOT, env=environment, stdout=printed,
                                   stderr=subprocess.STDOUT, start_new_session=True)
        try:
            status = process.wait(JOB_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            status = "no end: killed"
        finally:
            end_group(process)
        printed.seek(0)
        text = printed.read()
    results = job.results.read_text(errors="replace") if job.results.exists() else ""
    return job.parse(results, text, status), time.monotonic() - started


def end_group(process):
    """Whatever a job started ends with it."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def sanitizer_reports(output):
    return [f"FAILED: {file.name}\n{file.read_text(errors='replace')[:6000]}"
            for file in sorted(output.glob("sanitizer.*"))]


def run_all(jobs, environment):
    total = Outcome()
    with concurrent.futures.ThreadPoolExecutor(max(1, os.cpu_count() or 1)) as workers:
        running = {workers.submit(run, job, environment): job for job in jobs}
        for ended in concurrent.futures.as_completed(running):
            outcome, seconds = ended.result()
            total.passed += outcome.passed
            total.failed += outcome.failed
            total.skipped += outcome.skipped
            if outcome.passed + outcome.failed + outcome.skipped == 0:
                continue
            print(f"{'FAILED' if outcome.failed else 'ok':7}{running[ended].name}: "
                  f"{outcome.passed} passed, {outcome.failed} failed, {seconds:.1f} s")
            if outcome.report:
                print(outcome.report.rstrip(), end="\n\n")
            sys.stdout.flush()
    return total


def main(folder, sanitizer, name):
    output = ROOT / folder / "test-results"
    output.mkdir(parents=True, exist_ok=True)
    for old in output.glob("sanitizer.*"):
        old.unlink()
    # What takes longest: first.
    jobs = [*simulation_jobs(folder, sanitizer, name, output),
            *broken_jobs(folder, sanitizer, name, output), *pytest_jobs(sanitizer, name, output),
            *catch_jobs(folder, name, output)]
    total = run_all(jobs, surroundings(folder, sanitizer, output))
    for report in sanitizer_reports(output):
        total.failed += 1
        print(report, end="\n\n")
    if total.skipped:
        print(f"{total.skipped} skipped")
    if total.passed + total.failed == 0:
        print(f"nothing matches {name!r}" if name else "there are no tests")
    print(f"{total.passed} passed, {total.failed} failed")
    return 0 if total.failed == 0 and total.passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
