#!/usr/bin/env bash
# Thresholds behind other passes: the loss of each alone and together.
#   bench/activation-check/combinations.sh MODEL CALIBRATION.txt WINDOW OUT TEXT:PROTOCOL
# One line a pair in OUT/combinations.tsv: base, thresholds, perplexity over the first 16 windows of TEXT.
# Finished lines are not repeated; the models stay in OUT/BASE-THRESHOLDS, for speeds.sh. The environment may set PARE (the command), THREADS, BASES, THRESHOLDS (rule:level) and
# SCALES=FACTORS.safetensors, which puts channel scaling before every base (the 135M model, whose file lies on a 4-bit grid).
set -euo pipefail
model=$1 calibration=$(realpath "$2") window=$3 out=$4 text=$5
. "$(dirname "$0")/../common.sh"
mkdir -p "$out"
touch "$out/combinations.tsv"

declare -A bases=(
    [f16]="round-to-nearest format:f16 embeddingFormat:f16"
    [q8_0]="round-to-nearest format:q8_0 embeddingFormat:f16"
    [wanda-50]="wanda sparsity:0.5 format:f16"
    [sdq-7:8-1:8]="sdq pattern:7:8 outliers:1:8"
)

pass() { # method and options
    local method rest option
    read -r method rest <<< "$1"
    echo "  - method: $method"
    for option in $rest; do echo "    ${option%%:*}: \"${option#*:}\""; done
}

for base in ${BASES:-f16 q8_0 wanda-50 sdq-7:8-1:8}; do
    for thresholds in none ${THRESHOLDS:-cats:0.5 teal:0.25}; do
        grep -q "^$base	$thresholds	" "$out/combinations.tsv" && continue
        {
            printf 'calibration:\n  text: %s\n  samples: 16\n  window: %s\npasses:\n' "$calibration" "$window"
            [ -z "${SCALES:-}" ] || pass "channel-scaling factors:$(realpath "$SCALES") format:f32"
            pass "${bases[$base]}"
            [ "$thresholds" = none ] || pass "activation-sparsity rule:${thresholds%:*} level:${thresholds#*:}"
        } > "$out/recipe.yaml"
        measured=$out/$base-$thresholds
        $pare compress "$model" -o "$measured" --force --recipe "$out/recipe.yaml" --threads "${THREADS:-0}" --quiet > /dev/null
        perplexity=$($pare eval "$measured" --perplexity "${text%:*}" --protocol "${text##*:}" --window "$window" --windows 16 --threads "${THREADS:-0}" --json --quiet | number perplexity)
        printf '%s\t%s\t%s\n' "$base" "$thresholds" "$perplexity" | tee -a "$out/combinations.tsv"
    done
done
