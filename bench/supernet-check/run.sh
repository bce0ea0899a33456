#!/usr/bin/env bash
# How good the sub-networks of a model are: as they lie, sorted, behind plain fine-tuning, and as slices of super-networks trained on the same number of tokens with different samplers.
#   bench/supernet-check/run.sh MODEL TRAIN.txt CALIBRATION.txt TEXT OUT
# Every sub-network of DEPTHS x WIDTHS (all layers alike) is measured on TEXT, by which nothing is chosen; OUT/VARIANT-SEED.tsv has them all. OUT/table.tsv has a line a variant and seed:
# perplexity of the whole model; geometric mean over the sub-networks of 60 to 85 % of the parameters; perplexity of the front, exp of the mean of ln(best perplexity of at most that size) over all sizes from the smallest sub-network on; seconds of training.
# Finished lines are not repeated, and a stopped training goes on. The environment may set PARE (the command), THREADS, VARIANTS, SEEDS, STEPS, BATCH, WINDOW, RATE, LORA, DEPTHS, WIDTHS and WINDOWS.
set -euo pipefail
model=$1 train=$2 calibration=$3 text=$4 out=$5
. "$(dirname "$0")/../common.sh"
threads=(--threads "${THREADS:-0}")
space=(--depths "${DEPTHS:-4,5,6}" --ffn "${WIDTHS:-0.25,0.375,0.5,0.625,0.75,0.875,1.0}" --shared)
window=${WINDOW:-256}
learning=(--data "$train" --steps "${STEPS:-240}" --batch "${BATCH:-4}" --window "$window" --learning-rate "${RATE:-3e-4}" --resume --quiet "${threads[@]}")
[ -z "${LORA:-}" ] || learning+=(--lora "$LORA")
mkdir -p "$out"
touch "$out/table.tsv"

measure() { # MODEL NAME OPTIONS...: all sub-networks of a model
    local subject=$1 name=$2
    shift 2
    $pare search "$subject" --text "$text" --data "$calibration" --study "$out/$name.db" --searcher random --evaluations 1000 "${space[@]}" "$@" \
        --window "$window" --windows "${WINDOWS:-16}" --calibration-windows 16 --quiet "${threads[@]}" > /dev/null
    $pare front "$out/$name.db" --candidates "$out/$name.tsv" --quiet > /dev/null
}

figures() { # TABLE.tsv: the three perplexities
    awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next } { print $at["parameters"], $at["perplexity"] }' "$1" | sort -g | awk '
        { size[NR] = $1; loss[NR] = log($2) }
        END {
            best = loss[1]; whole = size[NR]
            for (i = 1; i <= NR; i++) {
                if (size[i] >= 0.6 * whole && size[i] <= 0.85 * whole) { middle += loss[i]; count++ }
                if (i > 1) area += best * (size[i] - size[i - 1])
                if (loss[i] < best) best = loss[i]
            }
            printf "%.2f\t%.2f\t%.2f", exp(loss[NR]), count ? exp(middle / count) : 0, exp(area / (whole - size[1]))
        }'
}

for variant in ${VARIANTS:-unsorted sorted plain random linear calibrated instatune}; do
    for seed in ${SEEDS:-1 2 3}; do
        grep -q "^$variant	$seed	" "$out/table.tsv" && continue
        name=$variant-$seed
        began=$(date +%s)
        case $variant in
            unsorted | sorted) subject=$model ;;
            plain)
                subject=$out/$name.model
                [ -d "$subject" ] || $pare train "$model" -o "$subject" "${learning[@]}" --seed "$seed" > /dev/null
                ;;
            *)
                subject=$out/$name.model
                by=(--sampler "$variant")
                [ "$variant" != instatune ] || by=(--method instatune --sampler random)
                [ -d "$subject" ] || $pare supernet "$model" -o "$subject" --calibration "$calibration" --calibration-windows 16 "${by[@]}" "${space[@]}" "${learning[@]}" --seed "$seed" > /dev/null
                ;;
        esac
        seconds=$(($(date +%s) - began))
        order=()
        [ "$variant" != unsorted ] || order=(--order unsorted)
        measure "$subject" "$name" "${order[@]}"
        printf '%s\t%s\t%s\t%s\n' "$variant" "$seed" "$(figures "$out/$name.tsv")" "$seconds" | tee -a "$out/table.tsv"
        # Slices as they are do not hang on seeds.
        [ "$subject" != "$model" ] || break
    done
done
