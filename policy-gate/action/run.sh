#!/usr/bin/env bash
# Runs policy-gate in a job. Inputs come through the environment alone, each as one argument: nothing of them is read by a shell.
set -euo pipefail

cd "${POLICY_GATE_DIRECTORY:-.}"
arguments=(github --color never)

# option VARIABLE: adds an option when its input says something.
option() {
  if [[ -n "${!2:-}" ]]; then
    arguments+=("$1=${!2}")
  fi
}

option --config POLICY_GATE_CONFIG
option --source POLICY_GATE_SOURCE
option --root POLICY_GATE_ROOT
option --environment POLICY_GATE_ENVIRONMENT
option --account POLICY_GATE_ACCOUNT
option --region POLICY_GATE_REGION
option --base POLICY_GATE_BASE
option --budgets POLICY_GATE_BUDGETS
option --budgets-auth POLICY_GATE_BUDGETS_AUTH
option --measured POLICY_GATE_MEASURED
option --check-name POLICY_GATE_CHECK_NAME
option --sarif POLICY_GATE_SARIF
option --report POLICY_GATE_REPORT
option --audit POLICY_GATE_AUDIT
if [[ "${POLICY_GATE_COMMENT:-true}" == false ]]; then arguments+=(--no-comment); fi
if [[ "${POLICY_GATE_SUGGESTIONS:-true}" == false ]]; then arguments+=(--no-suggestions); fi

arguments+=(--)
while IFS= read -r plan; do
  if [[ -n "${plan// /}" ]]; then
    arguments+=("$plan")
  fi
done <<<"${POLICY_GATE_PLANS:-}"

# The program that the installer has verified, by its place: no variable and no folder of PATH names another. RUNNER_TEMP is the
# runner's own and cannot be set by a step.
program="${RUNNER_TEMP:?}/policy-gate-${POLICY_GATE_VERSION:?}/policy-gate"
if [[ ! -f "$program" && -f "$program.exe" ]]; then program="$program.exe"; fi
exec "$program" "${arguments[@]}"
