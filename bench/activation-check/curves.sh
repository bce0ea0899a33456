#!/usr/bin/env bash
# Perplexity against activation sparsity: each rule at several levels, over the first 16 windows of texts.
#   bench/activation-check/curves.sh MODEL CALIBRATION.txt WINDOW OUT TEXT:PROTOCOL...
# One line a point: model, rule, level, for each text perplexity and its ratio to the dense one, and the zeros found at each site (first text).
# Finished points stand in OUT/curves.tsv and are not repeated. The environment may set PARE (the command), THREADS, RULES and LEVELS.
set -euo pipefail
model=$1 calibration=$2 window=$3 out=$4
shift 4
. "$(dirname "$0")/../common.sh"
mkdir -p "$out"
touch "$out/curves.tsv"
name=$(basename "$model")

for rule in dense ${RULES:-cats paper teal teal-greedy top-k sparsing-law}; do
    for level in ${LEVELS:-0.3 0.5 0.7}; do
        [ "$rule" = dense ] && level=0
        grep -q "^$name	$rule	$level	" "$out/curves.tsv" && continue
        measured=$model
        if [ "$rule" != dense ]; then
            measured=$out/$rule-$level
            $pare compress "$model" -o "$measured" --force --method activation-sparsity --rule "$rule" --level "$level" \
                --calibration "$calibration" --samples 16 --window "$window" --threads "${THREADS:-0}" --quiet > /dev/null
        fi
        i=0
        for text in "$@"; do
            $pare eval "$measured" --perplexity "${text%:*}" --protocol "${text##*:}" --window "$window" --windows 16 --threads "${THREADS:-0}" --json --quiet > "$out/$i.json"
            i=$((i + 1))
        done
        [ "$rule" = dense ] && for ((j = 0; j < i; j++)); do cp "$out/$j.json" "$out/$name-dense-$j.json"; done
        texts=
        for ((j = 0; j < i; j++)); do
            texts+=$(against "$out/$j.json" "$out/$name-dense-$j.json")$'\t'
        done
        printf '%s\t%s\t%s\t%s%s\n' "$name" "$rule" "$level" "$texts" "$(zeros "$out/0.json")" | tee -a "$out/curves.tsv"
        [ "$rule" = dense ] || rm -rf "$measured"
    done
done
