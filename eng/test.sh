#!/usr/bin/env bash
# Builds with warnings as errors and runs all tests: natively, and the kernels again at every lower instruction level.
# Ends with the line "N passed, N failed, N skipped" and fails where a test failed or none ran.
set -uo pipefail
cd "$(dirname "$0")/.."

dotnet build Pare.slnx -c Release -v quiet -nologo || { echo "0 passed, 1 failed"; exit 1; }

log=$(mktemp)
trap 'rm -f "$log"' EXIT
broken=0

run() { # name of the run, then arguments of dotnet test
    echo "== $1"
    shift
    dotnet test --no-build -c Release --nologo "$@" 2>&1 | tee -a "$log" | grep -vE '^(Test run for|A total of|VSTest version|Starting test)'
    # A run that crashed has no summary to count.
    if [ "${PIPESTATUS[0]}" -gt 1 ]; then broken=1; fi
}

run "all tests" Pare.slnx
kernels='FullyQualifiedName~Pare.Tests.Numerics|FullyQualifiedName~Pare.Tests.Formats.Blocks|FullyQualifiedName~Pare.Tests.Runtime|FullyQualifiedName~InstructionSet'
export PARE_EXPECT_ISA
# .NET 10 listens to EnableAVX512; EnableAVX512F is the older spelling.
PARE_EXPECT_ISA=avx2 DOTNET_EnableAVX512=0 DOTNET_EnableAVX512F=0 run "kernels without AVX-512" tests/Pare.Tests --filter "$kernels"
PARE_EXPECT_ISA=sse DOTNET_EnableAVX2=0 run "kernels without AVX2" tests/Pare.Tests --filter "$kernels"
PARE_EXPECT_ISA=scalar DOTNET_EnableHWIntrinsic=0 run "kernels without vector instructions" tests/Pare.Tests --filter "($kernels)&Speed!=slow-without-vectors"

count() { grep -oE "(^|[ ,-])$1: +[0-9]+" "$log" | grep -oE '[0-9]+$' | awk '{s+=$1} END {print s+0}'; }
passed=$(count Passed); failed=$(count Failed); skipped=$(count Skipped)
if [ "$broken" = 1 ] && [ "$failed" = 0 ]; then failed=1; echo "a test run ended without a result"; fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
