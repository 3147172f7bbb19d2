# Sourced by ./run and ./test: brings a bare Debian 12 to a built program. Says what it does, is
# silent when there is nothing to do, and needs root (or sudo) only for packages that are missing.

DEBIAN_PACKAGES="
  ca-certificates g++ cmake ninja-build ccache mold
  libcaf-dev librocksdb-dev libboost1.81-dev nlohmann-json3-dev
  libspdlog-dev prometheus-cpp-dev libsodium-dev libcli11-dev libtomlplusplus-dev
  libssl-dev libutf8proc-dev libgoogle-perftools-dev catch2 protobuf-compiler
  python3 python3-pytest python3-jsonschema python3-websockets
  iproute2"
CARGO_PACKAGES="cargo-web rustc-web"
CARGO_MINOR_MIN=85

say() { printf '== %s\n' "$*" >&2; }

complain() {
  printf '%s\n' "$*" >&2
  exit 2
}

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# A cargo of another origin will do when it is new enough (Debian 12's plain one is not).
new_cargo() {
  local minor
  minor=$(cargo --version 2>/dev/null | sed -n 's/^cargo 1\.\([0-9]*\)\..*/\1/p')
  [ -n "$minor" ] && [ "$minor" -ge "$CARGO_MINOR_MIN" ]
}

install_packages() {
  local stamp=build/packages.stamp wanted="$DEBIAN_PACKAGES $CARGO_PACKAGES" missing="" package
  if [ -f $stamp ] && [ "$(<$stamp)" = "$wanted" ]; then return; fi
  new_cargo && wanted=$DEBIAN_PACKAGES
  for package in $wanted; do installed "$package" || missing+=" $package"; done
  if [ -n "$missing" ]; then
    command -v apt-get >/dev/null || complain "These Debian 12 packages are needed:$missing"
    local as_root=()
    [ "$(id -u)" = 0 ] || as_root=(sudo)
    say "installing by apt-get:$missing"
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
      apt-get install -y -qq --no-install-recommends $missing >build/packages.log 2>&1 ||
      { tail -n 20 build/packages.log >&2; complain "apt-get failed"; }
  fi
  printf '%s' "$DEBIAN_PACKAGES $CARGO_PACKAGES" >$stamp
}

# configure DIRECTORY [CMAKE OPTION...]: once; afterwards ninja sees to it.
configure() {
  local directory=$1
  shift
  [ -f "$directory/build.ninja" ] && return
  say "configuring $directory"
  mkdir -p "$directory"
  # Without these ccache keeps nothing that reads a precompiled header.
  local launcher="env;CCACHE_SLOPPINESS=pch_defines,time_macros;ccache"
  cmake -S . -B "$directory" -G Ninja -DCMAKE_CXX_COMPILER_LAUNCHER="$launcher" "$@" \
    >"$directory/configure.log" 2>&1 ||
    { tail -n 30 "$directory/configure.log" >&2; complain "cmake failed"; }
}

# compile DIRECTORY TARGET: at most one at a time in a directory.
compile() {
  local directory=$1 target=$2 quiet=() plan
  exec 9>"$directory/compile.lock"
  flock 9
  plan=$(ninja -C "$directory" -n "$target" 2>&1) || true
  if [[ $plan != *"no work to do"* ]]; then
    say "building $target in $directory (from nothing: several minutes)"
    [ -t 2 ] || quiet=(--quiet)
    ninja -C "$directory" "${quiet[@]}" "$target" >&2 || complain "the build failed"
  fi
  exec 9>&-
}

# set_up DIRECTORY TARGET [CMAKE OPTION...]
set_up() {
  mkdir -p build
  install_packages
  configure "$1" "${@:3}"
  compile "$1" "$2"
}
