#!/usr/bin/env bash
# Builds in Release and runs all test projects; arguments go to dotnet test (--filter Category=Fixtures, say).
set -uo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
source "$root/eng/setup.sh"
results="$root/artifacts/test-results"
rm -rf "$results"
mkdir -p "$results"
dotnet build "$root/HkaFer.slnx" -c Release -v q --nologo || { say "test: the build failed"; exit 1; }

# MSBuild and the test host leave folders and files behind at every call, and so does whoever is killed.
temporary="$(mktemp -d "${TMPDIR:-/tmp}/hkafer-test.XXXXXX")"
trap 'rm -rf "$temporary"' EXIT

failed=0
for project in "$root"/tests/*.Tests; do
  name="$(basename "$project")"
  # The compiler's server listens in the temporary folder, and one for all builds is enough: tests that build keep the system's.
  place="$temporary"
  if [ "$name" = HkaFer.Package.Tests ]; then place="${TMPDIR:-/tmp}"; fi
  # Kernels use all cores already, so projects run one after another.
  TMPDIR="$place" dotnet test "$project" -c Release --no-build --nologo -v q --logger "trx;LogFileName=$name.trx" --results-directory "$results" "$@" || failed=1
done

# One line for all projects, from what the runner recorded.
count() { cat "$results"/*.trx 2>/dev/null | grep -o "<Counters [^>]*>" | grep -o " $1=\"[0-9]*\"" | grep -o '[0-9]*' | awk '{ s += $1 } END { print s + 0 }'; }
total="$(count total)"; passed="$(count passed)"; bad="$(count failed)"
if [ "$total" -eq 0 ]; then
  say "test: no test ran"
  failed=1
fi
if [ "$failed" -ne 0 ] && [ "$bad" -eq 0 ]; then
  # A project that crashed recorded no failure of a test.
  bad=1
fi
echo "$passed passed, $bad failed, $((total - passed - bad < 0 ? 0 : total - passed - bad)) skipped"
exit "$failed"
