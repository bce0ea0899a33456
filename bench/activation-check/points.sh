#!/usr/bin/env bash
# The strongest thresholds within shares of perplexity, and what they give on texts that were not searched on.
#   bench/activation-check/points.sh MODEL CALIBRATION.txt WINDOW OUT TEXT:PROTOCOL...
# The model is stored in Q8_0 first (FORMAT). One line a point: model, rule, share, for each text perplexity and its ratio to that without thresholds, and the zeros found at each site (first text).
# Finished points stand in OUT/points.tsv and are not repeated; their models stay in OUT/RULE-SHARE, for speeds.sh. The environment may set PARE (the command), THREADS, RULES, SHARES, FORMAT and WINDOWS (of each text, or all).
set -euo pipefail
model=$1 calibration=$2 window=$3 out=$4
shift 4
. "$(dirname "$0")/../common.sh"
format=${FORMAT:-q8_0} windows=(--windows "${WINDOWS:-16}")
[ "${WINDOWS:-16}" != all ] || windows=()
mkdir -p "$out"
touch "$out/points.tsv"
name=$(basename "$model")
[ -d "$out/$format" ] || $pare compress "$model" -o "$out/$format" --method round-to-nearest --format "$format" --threads "${THREADS:-0}" --quiet > /dev/null

measure() { # model, name of the files: perplexity of each text
    local i=0 text
    for text in "${texts[@]}"; do
        $pare eval "$1" --perplexity "${text%:*}" --protocol "${text##*:}" --window "$window" "${windows[@]}" --threads "${THREADS:-0}" --json --quiet > "$out/$2-$i.json"
        i=$((i + 1))
    done
}

texts=("$@")
[ -s "$out/dense-$((${#texts[@]} - 1)).json" ] || measure "$out/$format" dense
for rule in ${RULES:-cats sparsing-law teal}; do
    for share in ${SHARES:-0.01 0.05}; do
        grep -q "^$name	$rule	$share	" "$out/points.tsv" && continue
        point=$out/$rule-$share
        $pare compress "$out/$format" -o "$point" --force --method activation-sparsity --rule "$rule" --perplexity-increase "$share" \
            --calibration "$calibration" --samples 16 --window "$window" --threads "${THREADS:-0}" --json --quiet > "$out/$rule-$share.found.json"
        measure "$point" "$rule-$share"
        figures=
        for ((i = 0; i < ${#texts[@]}; i++)); do
            figures+=$(against "$out/$rule-$share-$i.json" "$out/dense-$i.json")$'\t'
        done
        printf '%s\t%s\t%s\t%s%s\n' "$name" "$rule" "$share" "$figures" "$(zeros "$out/$rule-$share-0.json")" | tee -a "$out/points.tsv"
    done
done
