#!/usr/bin/env bash
# Installs tollgate for the next steps of a workflow. infra/release/install.sh verifies the checksum and the build provenance.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
version="${TOLLGATE_VERSION:?}"
if [[ ! "$version" =~ ^v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?$ ]]; then
  echo "error: \`version\` is no release such as v0.1.0" >&2
  exit 2
fi
if [[ -n "${TOLLGATE_SHA256:-}" && ! "$TOLLGATE_SHA256" =~ ^[0-9a-f]{64}$ ]]; then
  echo "error: \`sha256\` is no SHA-256 in hexadecimal digits" >&2
  exit 2
fi
if [[ "${RUNNER_OS:-}" == Windows ]]; then
  echo "error: the action runs on Linux and macOS" >&2
  echo "hint: on Windows use infra/release/install.ps1" >&2
  exit 2
fi
to="${RUNNER_TEMP:?}/tollgate-$version"
arguments=(--version "$version" --to "$to")
# A server of this machine, as tests use, has no provenance.
if [[ ! "${TOLLGATE_RELEASES:-}" =~ ^http://127\.0\.0\.1:[0-9]+$ ]]; then arguments+=(--attestation); fi
sh "$here/../../infra/release/install.sh" "${arguments[@]}"
echo "$to" >>"${GITHUB_PATH:?}"
echo "path=$to" >>"${GITHUB_OUTPUT:?}"
