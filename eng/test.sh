#!/usr/bin/env bash
# Builds with warnings as errors and runs all tests: natively, and the kernels again at every lower instruction level.
# Ends with the line "N passed, N failed, N skipped" and fails where a test failed, or a run crashed or ran nothing.
set -uo pipefail
cd "$(dirname "$0")/.."
# The counts are read from the words of dotnet test.
export DOTNET_CLI_UI_LANGUAGE=en

dotnet build Pare.slnx -c Release -v quiet -nologo || { echo "0 passed, 1 failed, 0 skipped"; exit 1; }

logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
runs=0
broken=0

run() { # name of the run, then arguments of dotnet test
    local name=$1 log status
    shift
    runs=$((runs + 1))
    log="$logs/$runs"
    echo "== $name"
    dotnet test --no-build -c Release --nologo "$@" 2>&1 | tee "$log" | grep -vE '^(Test run for|A total of|VSTest version|Starting test)'
    status=${PIPESTATUS[0]}
    # A host that crashed has no summary to count, those of other projects beside it may have one.
    if { [ "$status" != 0 ] && ! grep -qE 'Failed: +[1-9]' "$log"; } || ! grep -qE 'Passed: +[1-9]' "$log" ||
        grep -qiE 'test run (was )?aborted|host process (exited|crashed)' "$log"; then
        echo "the run '$name' ended without a result for all tests (exit status $status)"
        broken=$((broken + 1))
    fi
}

run "all tests" Pare.slnx
kernels='FullyQualifiedName~Pare.Tests.Numerics|FullyQualifiedName~Pare.Tests.Formats.Blocks|FullyQualifiedName~Pare.Tests.Runtime|FullyQualifiedName~InstructionSet'
export PARE_EXPECT_ISA
# .NET 10 listens to EnableAVX512; EnableAVX512F is the older spelling.
PARE_EXPECT_ISA=avx2 DOTNET_EnableAVX512=0 DOTNET_EnableAVX512F=0 run "kernels without AVX-512" tests/Pare.Tests --filter "$kernels"
PARE_EXPECT_ISA=sse DOTNET_EnableAVX2=0 run "kernels without AVX2" tests/Pare.Tests --filter "$kernels"
PARE_EXPECT_ISA=scalar DOTNET_EnableHWIntrinsic=0 run "kernels without vector instructions" tests/Pare.Tests --filter "$kernels"

count() { cat "$logs"/* | grep -oE "(^|[ ,-])$1: +[0-9]+" | grep -oE '[0-9]+$' | awk '{s+=$1} END {print s+0}'; }
passed=$(count Passed); failed=$(count Failed); skipped=$(count Skipped)
# A broken run counts as one failed test.
failed=$((failed + broken))
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
