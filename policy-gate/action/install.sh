#!/usr/bin/env bash
# Fetches the release of policy-gate for this platform, and uses it only when its checksum and its attestation hold: the file is the
# one that the release workflow of this repository built.
set -euo pipefail

repository=tollgate-finops/tollgate
version="${POLICY_GATE_VERSION:?}"
if [[ ! "$version" =~ ^v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?$ ]]; then
  echo "error: \`version\` is no release such as v0.1.0" >&2
  exit 2
fi

case "${RUNNER_OS:-$(uname -s)}" in
  Linux) system=unknown-linux-musl archive=tar.gz ;;
  macOS | Darwin) system=apple-darwin archive=tar.gz ;;
  Windows) system=pc-windows-msvc archive=zip ;;
  *) echo "error: there is no policy-gate for ${RUNNER_OS:-this system}" >&2; exit 2 ;;
esac
case "${RUNNER_ARCH:-$(uname -m)}" in
  X64 | x86_64) machine=x86_64 ;;
  ARM64 | aarch64 | arm64) machine=aarch64 ;;
  *) echo "error: there is no policy-gate for ${RUNNER_ARCH:-this machine}" >&2; exit 2 ;;
esac
if [[ "$system" == pc-windows-msvc ]]; then machine=x86_64; fi

name="policy-gate-$version-$machine-$system.$archive"
folder="${RUNNER_TEMP:?}/policy-gate-$version"
mkdir -p "$folder"
cd "$folder"
base="${POLICY_GATE_RELEASES:-https://github.com/$repository/releases/download}/$version"
# Redirects stay within the protocol; only a server of this machine may be asked without encryption.
proto="=https"
if [[ "$base" =~ ^http://127\.0\.0\.1:[0-9]+/ ]]; then proto="=http"; fi
for file in "$name" "$name.sha256"; do
  curl --fail --silent --show-error --location --proto "$proto" --proto-redir "$proto" --retry 4 --max-time 120 --output "$file" "$base/$file"
done

# The checksum file names one file and nothing else.
expected=$(cut -d' ' -f1 "$name.sha256")
if command -v sha256sum >/dev/null; then
  actual=$(sha256sum "$name" | cut -d' ' -f1)
else
  actual=$(shasum -a 256 "$name" | cut -d' ' -f1)
fi
if [[ ! "$expected" =~ ^[0-9a-f]{64}$ || "$expected" != "$actual" ]]; then
  echo "error: $name is not the file that was released: its checksum is $actual" >&2
  exit 2
fi
gh attestation verify "$name" --repo "$repository" --signer-workflow "$repository/.github/workflows/release.yml" \
  --source-ref "refs/tags/$version" >&2

if [[ "$archive" == zip ]]; then unzip -qo "$name"; else tar -xzf "$name"; fi
echo "$folder" >>"${GITHUB_PATH:?}"
