#!/usr/bin/env bash
# Measures the product, each figure beside a ceiling measured in the same run on the same cores.
#
#   ./bench.sh            all benchmarks; a table, and JSON in bench/results/
#   ./bench.sh NAME...    some of them
#   ./bench.sh --list     which there are
#   --seconds S, --rounds N, --listings N, --option NAME=VALUE (of the server): see --help
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")"
source deploy/setup.sh

set_up build benchmarks
ulimit -n "$(ulimit -Hn)"
exec build/bench/resalehub_bench --programs build --directory build/bench/data "$@"
