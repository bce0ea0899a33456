#!/usr/bin/env bash
# Decoding with the weights of zeros left out, in turn with all weights read, on a quiet machine.
#   bench/activation-check/speeds.sh OUT MODEL...
# One line a model in OUT/speeds.tsv: medians of ROUNDS (5) rounds of tokens/s with all weights and without those of zeros, the median of the rounds' ratios with the least and the largest, bytes read for a token in both.
# Finished lines are not repeated. The environment may set PARE (the command), THREADS and ROUNDS.
set -euo pipefail
out=$1
shift
. "$(dirname "$0")/../common.sh"
mkdir -p "$out"
touch "$out/speeds.tsv"

sorted() { sort -g | sed -n "$1p"; } # LINE of numbers on standard input, least first
rounds=${ROUNDS:-5}

for model in "$@"; do
    name=$(basename "$model")
    grep -q "^$name	" "$out/speeds.tsv" && continue
    all=() left=() ratios=()
    for ((round = 0; round < rounds; round++)); do
        for weights in --all-weights ""; do
            $pare bench "$model" --prompt 16 --generate 48 --repetitions 3 --threads "${THREADS:-0}" $weights --json --quiet > "$out/bench$weights.json"
        done
        all+=("$(number decodeTokensPerSecond < "$out/bench--all-weights.json")")
        left+=("$(number decodeTokensPerSecond < "$out/bench.json")")
        ratios+=("$(echo "${left[-1]} / ${all[-1]}" | bc -l)")
    done
    middle=$(((rounds + 1) / 2))
    printf '%s\t%.1f\t%.1f\t%.3f (%.3f–%.3f)\t%s\t%s\n' "$name" "$(printf '%s\n' "${all[@]}" | sorted "$middle")" "$(printf '%s\n' "${left[@]}" | sorted "$middle")" \
        "$(printf '%s\n' "${ratios[@]}" | sorted "$middle")" "$(printf '%s\n' "${ratios[@]}" | sorted 1)" "$(printf '%s\n' "${ratios[@]}" | sorted "$rounds")" \
        "$(number readBytesPerToken < "$out/bench--all-weights.json")" "$(number readBytesPerToken < "$out/bench.json")" | tee -a "$out/speeds.tsv"
done
