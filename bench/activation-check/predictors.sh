#!/usr/bin/env bash
# Predictors of neurons beside each other: those of each block, and one for all blocks, with their errors in the perplexity.
#   bench/activation-check/predictors.sh MODEL LEVEL CALIBRATION.txt TEXT OUT [KIND...]
# Thresholds: cats at LEVEL for groups of 8, and predictors, on 32 windows of 512 of CALIBRATION; perplexity over the first 16 windows of 512 of TEXT.
# KIND: none (exact), predictor:RANK, shared-predictor:WIDTH. One line each: kind, kB of predictors, perplexity, recall, precision and predicted share on TEXT.
# Finished lines stand in OUT/predictors.tsv and are not repeated. The environment may set PARE (the command) and THREADS.
set -euo pipefail
model=$1 level=$2 calibration=$3 text=$4 out=$5
shift 5
. "$(dirname "$0")/../common.sh"
figure() { number "$1" || echo -; }
mkdir -p "$out"
touch "$out/predictors.tsv"
name=$(basename "$model")

for kind in ${*:-none predictor:8 predictor:32 shared-predictor:128 shared-predictor:512}; do
    grep -q "^$name	$kind	" "$out/predictors.tsv" && continue
    options=() predict=() size=0
    [ "$kind" != none ] && options=("--${kind%:*}" "${kind#*:}") predict=(--predict)
    $pare compress "$model" -o "$out/model" --force --method activation-sparsity --rule cats --level "$level" --group 8 "${options[@]}" \
        --calibration "$calibration" --samples 32 --window 512 --threads "${THREADS:-0}" --quiet > /dev/null
    [ "$kind" != none ] && size=$(($(stat -c %s "$out/model/activation-sparsity.safetensors") / 1000))
    $pare eval "$out/model" --perplexity "$text" --window 512 --windows 16 "${predict[@]}" --threads "${THREADS:-0}" --json --quiet > "$out/eval.json"
    prediction=$(sed -n '/"prediction": {/,/}/p' "$out/eval.json")
    printf '%s\t%s\t%s\t%.4f\t%s\t%s\t%s\n' "$name" "$kind" "$size" "$(figure perplexity < "$out/eval.json")" \
        "$(figure recall <<< "$prediction")" "$(figure precision <<< "$prediction")" "$(figure share <<< "$prediction")" | tee -a "$out/predictors.tsv"
done
rm -rf "$out/model"
