#!/usr/bin/env bash
# Perplexity against activation sparsity: each rule at several levels, over the first 16 windows of texts.
#   bench/activation-check/curves.sh MODEL CALIBRATION.txt WINDOW OUT TEXT:PROTOCOL...
# One line a point: model, rule, level, for each text perplexity and its ratio to the dense one, and the zeros found at each site (first text).
# Finished points stand in OUT/curves.tsv and are not repeated. The environment may set PARE (the command), THREADS, RULES and LEVELS.
set -euo pipefail
model=$1 calibration=$2 window=$3 out=$4
shift 4
pare=${PARE:-"dotnet $(cd "$(dirname "$0")/../.." && pwd)/src/Pare.Cli/bin/Release/net10.0/Pare.Cli.dll"}
mkdir -p "$out"
touch "$out/curves.tsv"
name=$(basename "$model")

for rule in dense ${RULES:-cats paper teal teal-greedy top-k sparsing-law}; do
    for level in ${LEVELS:-0.3 0.5 0.7}; do
        [ "$rule" = dense ] && level=0
        grep -q "^$name	$rule	$level	" "$out/curves.tsv" && continue
        measured=$model
        if [ "$rule" != dense ]; then
            measured=$out/model
            $pare compress "$model" -o "$measured" --force --method activation-sparsity --rule "$rule" --level "$level" \
                --calibration "$calibration" --samples 16 --window "$window" --threads "${THREADS:-0}" --quiet > /dev/null
        fi
        i=0
        for text in "$@"; do
            $pare eval "$measured" --perplexity "${text%:*}" --protocol "${text##*:}" --window "$window" --windows 16 --threads "${THREADS:-0}" --json --quiet > "$out/$i.json"
            i=$((i + 1))
        done
        python3 - "$name" "$rule" "$level" "$out" "$i" <<'PY' | tee -a "$out/curves.tsv"
import json, os, sys
name, rule, level, out, count = sys.argv[1:]
runs = [json.load(open(f"{out}/{i}.json")) for i in range(int(count))]
base = f"{out}/{name}-dense.json"
if rule == "dense":
    json.dump([run["perplexity"] for run in runs], open(base, "w"))
dense = json.load(open(base))
texts = "\t".join(f"{run['perplexity']:.3f} ({run['perplexity'] / one:.3f})" for run, one in zip(runs, dense))
zeros = " ".join(f"{site['site']} {site['zeros']:.3f}" for site in runs[0].get("activationSparsity") or [])
print(f"{name}\t{rule}\t{level}\t{texts}\t{zeros}")
PY
    done
done
rm -rf "$out/model"
