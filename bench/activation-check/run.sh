#!/usr/bin/env bash
# Perplexities and zeros of activation thresholds on the 135M model beside those that PyTorch recorded (activation-sparsity.json of the reference files).
#   bench/activation-check/run.sh MODEL.gguf CALIBRATION.safetensors wiki.test.raw activation-sparsity.json OUT [RULE-PERCENT...]
# One line per record: tag, recorded and own perplexity over the first 16 windows of 2048 tokens, ratio, and for each site the recorded and own share of zeros.
# Finished records stand in OUT/results.tsv and are not repeated. The environment may set PARE (the command) and THREADS.
set -euo pipefail
model=$1 calibration=$2 text=$3 recorded=$4 out=$5
shift 5
. "$(dirname "$0")/../common.sh"
mkdir -p "$out"
touch "$out/results.tsv"

for tag in ${*:-cats-30 cats-50 cats-70 paper-30 paper-50 paper-70 teal-25 teal-40 teal-50}; do
    grep -q "^$tag	" "$out/results.tsv" && continue
    $pare compress "$model" -o "$out/model" --force --method activation-sparsity --rule "${tag%-*}" --level "0.${tag#*-}" \
        --calibration-tokens "$calibration" --samples 8 --threads "${THREADS:-0}" --quiet > /dev/null
    $pare eval "$out/model" --perplexity "$text" --windows 16 --threads "${THREADS:-0}" --json --quiet > "$out/$tag.json"
    level=0.${tag#*-}
    record=$(grep -A 12 "\"rule\": \"${tag%-*}\"" "$recorded" | grep -A 10 "\"nominal\": ${level%0}," | sed '/}/q')
    theirs=$(number ppl_first16 <<< "$record")
    own=$(number perplexity < "$out/$tag.json")
    sites=
    while read -r site share; do
        sites+="  $(printf '%s %.4f %.4f' "$site" "$share" "$(grep -A 4 "\"site\": *\"$site\"" "$out/$tag.json" | number zeros)")"
    done < <(sed -n '/"achieved"/,$p' <<< "$record" | sed -n 's/^ *"\([a-z-]*\)": *\([0-9.]*\),*$/\1 \2/p')
    printf '%s\t%.4f\t%.4f\t%.5f\t%s\n' "$tag" "$theirs" "$own" "$(echo "$own / $theirs" | bc -l)" "${sites#  }" | tee -a "$out/results.tsv"
done
rm -rf "$out/model"
