#!/usr/bin/env bash
# Perplexities and zeros of activation thresholds on the 135M model beside those that PyTorch recorded (activation-sparsity.json of the reference files).
#   bench/activation-check/run.sh MODEL.gguf CALIBRATION.safetensors wiki.test.raw activation-sparsity.json OUT [RULE-PERCENT...]
# One line per record: tag, recorded and own perplexity over the first 16 windows of 2048 tokens, ratio, and for each site the recorded and own share of zeros.
# Finished records stand in OUT/results.tsv and are not repeated. The environment may set PARE (the command) and THREADS.
set -euo pipefail
model=$1 calibration=$2 text=$3 recorded=$4 out=$5
shift 5
pare=${PARE:-"dotnet $(cd "$(dirname "$0")/../.." && pwd)/src/Pare.Cli/bin/Release/net10.0/Pare.Cli.dll"}
mkdir -p "$out"
touch "$out/results.tsv"

for tag in ${*:-cats-30 cats-50 cats-70 paper-30 paper-50 paper-70 teal-25 teal-40 teal-50}; do
    grep -q "^$tag	" "$out/results.tsv" && continue
    $pare compress "$model" -o "$out/model" --force --method activation-sparsity --rule "${tag%-*}" --level "0.${tag#*-}" \
        --calibration-tokens "$calibration" --samples 8 --threads "${THREADS:-0}" --quiet > /dev/null
    $pare eval "$out/model" --perplexity "$text" --windows 16 --threads "${THREADS:-0}" --json --quiet > "$out/$tag.json"
    python3 - "$tag" "$recorded" "$out/$tag.json" <<'PY' | tee -a "$out/results.tsv"
import json, sys
tag, recorded, own = sys.argv[1], json.load(open(sys.argv[2])), json.load(open(sys.argv[3]))
rule, percent = tag.split("-")
theirs = next(r for r in recorded if r["rule"] == rule and round(100 * r["nominal"]) == int(percent))
zeros = {site["site"]: site["zeros"] for site in own["activationSparsity"]}
sites = "  ".join(f"{site} {share:.4f} {zeros[site]:.4f}" for site, share in theirs["achieved"].items())
print(f"{tag}\t{theirs['ppl_first16']:.4f}\t{own['perplexity']:.4f}\t{own['perplexity'] / theirs['ppl_first16']:.5f}\t{sites}")
PY
done
rm -rf "$out/model"
