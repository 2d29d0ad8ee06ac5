#!/bin/sh
# Installs tollgate or policy-gate from a release. The archive is used only when its SHA-256 is the one in the release's SHA256SUMS and, if
# TOLLGATE_SHA256 is set, that one as well. Nothing is installed when anything fails.
#
#   curl --proto '=https' --tlsv1.2 -fsSL https://github.com/tollgate-finops/tollgate/releases/latest/download/install.sh | sh
#   sh install.sh --program policy-gate --version v0.1.0 --to ~/bin
set -eu

repository=tollgate-finops/tollgate
program=tollgate
version="${TOLLGATE_VERSION:-latest}"
to="${TOLLGATE_INSTALL_DIR:-$HOME/.local/bin}"
attestation=no

fail() {
  echo "error: $1" >&2
  [ $# -lt 2 ] || echo "hint: $2" >&2
  exit 1
}

usage() {
  cat <<TEXT
Usage: install.sh [--program tollgate|policy-gate] [--version vX.Y.Z|latest] [--to FOLDER] [--attestation]

  --program      the program to install (default tollgate)
  --version      the release (default the latest)
  --to           the folder of the binary (default ~/.local/bin)
  --attestation  also verify the signed build provenance, with the GitHub CLI
TEXT
}

while [ $# -gt 0 ]; do
  case "$1" in
    --program | --version | --to) [ $# -ge 2 ] || fail "$1 needs a value" ;;
  esac
  case "$1" in
    --program) program=$2; shift 2 ;;
    --version) version=$2; shift 2 ;;
    --to) to=$2; shift 2 ;;
    --attestation) attestation=yes; shift ;;
    --help | -h) usage; exit 0 ;;
    *) usage >&2; fail "unknown argument: $1" ;;
  esac
done

case "$program" in
  tollgate | policy-gate) ;;
  *) fail "there is no program \`$program\`" "--program tollgate or --program policy-gate" ;;
esac
if [ "$version" != latest ]; then
  # As a pattern: only characters of a version, so that it cannot name another path.
  case "$version" in
    *[!0-9A-Za-z.-]* | *..*) fail "\`$version\` is no release such as v0.1.0" ;;
    v[0-9]*.[0-9]*.[0-9]*) ;;
    *) fail "\`$version\` is no release such as v0.1.0" ;;
  esac
fi

case "$(uname -s)" in
  Linux) system=unknown-linux-musl ;;
  Darwin) system=apple-darwin ;;
  *) fail "there is no release for $(uname -s)" "on Windows use install.ps1" ;;
esac
case "$(uname -m)" in
  x86_64 | amd64) machine=x86_64 ;;
  aarch64 | arm64) machine=aarch64 ;;
  *) fail "there is no release for $(uname -m)" "build it: cargo install --git https://github.com/$repository tollgate" ;;
esac

if [ -n "${TOLLGATE_RELEASES:-}" ]; then
  base="$TOLLGATE_RELEASES/$version"
elif [ "$version" = latest ]; then
  base="https://github.com/$repository/releases/latest/download"
else
  base="https://github.com/$repository/releases/download/$version"
fi
# Only a server of this machine may be asked without encryption, and redirects stay within the protocol.
case "$base" in
  https://*) protocol='=https' ;;
  http://127.0.0.1:*) protocol='=http' ;;
  *) fail "$base is not encrypted" "use https://" ;;
esac
command -v curl >/dev/null 2>&1 || fail "curl is not installed"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

download() {
  curl --fail --silent --show-error --location --proto "$protocol" --proto-redir "$protocol" --retry 3 --max-time 300 \
    --output "$work/$1" "$base/$1" || fail "$base/$1 could not be downloaded"
}

download SHA256SUMS
# The archive of this platform and its checksum: exactly one line.
pattern="  $program-v[0-9][0-9A-Za-z.-]*-$machine-$system\\.tar\\.gz\$"
[ "$(grep -c "$pattern" "$work/SHA256SUMS")" = 1 ] || fail "the release has no $program for $machine-$system"
line=$(grep "$pattern" "$work/SHA256SUMS")
expected=${line%% *}
archive=${line##* }
[ "$version" = latest ] || [ "$archive" = "$program-$version-$machine-$system.tar.gz" ] ||
  fail "SHA256SUMS is of another release: it names $archive"
case "$expected" in
  *[!0-9a-f]*) fail "SHA256SUMS has no checksum of $archive" ;;
esac
[ ${#expected} = 64 ] || fail "SHA256SUMS has no checksum of $archive"

download "$archive"
if command -v sha256sum >/dev/null 2>&1; then
  actual=$(sha256sum "$work/$archive")
elif command -v shasum >/dev/null 2>&1; then
  actual=$(shasum -a 256 "$work/$archive")
else
  fail "neither sha256sum nor shasum is installed: the checksum cannot be verified"
fi
actual=${actual%% *}
[ "$actual" = "$expected" ] || fail "$archive is not the released file: its checksum is $actual, not $expected"
if [ -n "${TOLLGATE_SHA256:-}" ] && [ "$actual" != "$TOLLGATE_SHA256" ]; then
  fail "$archive is not the pinned file: its checksum is $actual, not $TOLLGATE_SHA256"
fi
if [ "$attestation" = yes ]; then
  command -v gh >/dev/null 2>&1 || fail "--attestation needs the GitHub CLI, gh"
  gh attestation verify "$work/$archive" --repo "$repository" --signer-workflow "$repository/.github/workflows/release.yml" >&2 ||
    fail "$archive has no valid build provenance"
fi

mkdir "$work/content"
tar -xzf "$work/$archive" -C "$work/content" "$program" || fail "$archive has no $program"
chmod 755 "$work/content/$program"
"$work/content/$program" --version >/dev/null || fail "$program does not run on this machine"
mkdir -p "$to"
# Into the same folder first, so that the name changes in one step.
cp "$work/content/$program" "$to/.$program.new"
mv -f "$to/.$program.new" "$to/$program"
echo "installed $("$to/$program" --version) in $to"
case ":$PATH:" in
  *":$to:"*) ;;
  *) echo "hint: add $to to PATH" ;;
esac
