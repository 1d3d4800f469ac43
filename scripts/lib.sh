# Shared by the scripts; sourced, not run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '\n== %s\n' "$*"; }
fail() { printf '\nbeltwarden: %s\n' "$*" >&2; exit 1; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else fail "installing packages needs root: run this as root, or install sudo, or install the packages of scripts/packages*.txt yourself"
  fi
}

# install_packages LIST...: what is missing of the Debian packages that the lists name.
install_packages() {
  command -v dpkg-query >/dev/null || fail "this is not Debian: install the packages of $* by hand, then run scripts/build.sh"
  local wanted missing=()
  wanted=$(grep -hv '^#' "$@")
  for package in $wanted; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  if [ ${#missing[@]} -eq 0 ]; then return; fi
  say "Installing ${#missing[@]} Debian packages: ${missing[*]}"
  as_root apt-get update -qq || fail "apt-get update failed: is a Debian mirror reachable?"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null ||
    fail "a package could not be installed; the lines above say which"
}

# Node 18 or later: what is there, else Debian's.
need_node() {
  local major=0
  if command -v node >/dev/null; then major=$(node -p 'process.versions.node.split(".")[0]'); fi
  if [ "$major" -ge 18 ] && command -v npm >/dev/null; then return; fi
  say "Installing Debian's Node.js and npm"
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nodejs npm >/dev/null ||
    fail "Node.js could not be installed"
}
