#!/usr/bin/env bash
# Perplexities of one-shot methods on the 135M model beside those that PyTorch and the published code recorded (compression.json of the reference files).
#   bench/compression-check/run.sh MODEL.gguf SCALES.safetensors CALIBRATION.safetensors wiki.test.raw compression.json OUT [TAG...]
# One line per record: tag, recorded and own perplexity over the first 16 windows of 2048 tokens, ratio, seconds of the compression. Without tags all records are run.
# Finished records stand in OUT/results.tsv and are not repeated; results are stored as float32, as the recorded ones were.
set -euo pipefail
model=$1 scales=$(realpath "$2") calibration=$(realpath "$3") text=$4 recorded=$5 out=$6
shift 6
pare="dotnet $(cd "$(dirname "$0")/../.." && pwd)/src/Pare.Cli/bin/Release/net10.0/Pare.Cli.dll"
mkdir -p "$out"
touch "$out/results.tsv"

declare -A options=(
    [magnitude-30]="magnitude sparsity:0.3" [magnitude-50]="magnitude sparsity:0.5" [magnitude-2-4]="magnitude pattern:2:4" [magnitude-4-8]="magnitude pattern:4:8"
    [wanda-30]="wanda sparsity:0.3" [wanda-50]="wanda sparsity:0.5" [wanda-2-4]="wanda pattern:2:4" [wanda-4-8]="wanda pattern:4:8"
    [sparsegpt-30]="sparsegpt sparsity:0.3" [sparsegpt-50]="sparsegpt sparsity:0.5" [sparsegpt-2-4]="sparsegpt pattern:2:4" [sparsegpt-4-8]="sparsegpt pattern:4:8"
    [rtn-4-g64]="round-to-nearest bits:4" [rtn-3-g64]="round-to-nearest bits:3"
    [gptq-4-g64]="gptq bits:4" [gptq-3-g64]="gptq bits:3" [gptq-3-g64-actorder]="gptq bits:3 actOrder:true"
)
order="rtn-4-g64 rtn-3-g64 magnitude-30 magnitude-50 magnitude-2-4 magnitude-4-8 wanda-50 sparsegpt-50 sparsegpt-2-4 gptq-3-g64 gptq-4-g64 gptq-3-g64-actorder wanda-30 wanda-2-4 wanda-4-8 sparsegpt-30 sparsegpt-4-8"

recipe() { # tag
    local method rest
    read -r method rest <<< "${options[$1]}"
    echo "calibration:"
    echo "  tokens: $calibration"
    echo "passes:"
    case $1 in
        rtn* | gptq*) printf '  - method: channel-scaling\n    factors: %s\n    format: f32\n  - method: %s\n    storedAs: f32\n' "$scales" "$method" ;;
        *) printf '  - method: %s\n    format: f32\n' "$method" ;;
    esac
    for option in $rest; do echo "    ${option%%:*}: \"${option#*:}\""; done
}

for tag in ${*:-$order}; do
    grep -q "^$tag	" "$out/results.tsv" && continue
    recipe "$tag" > "$out/$tag.yaml"
    begin=$(date +%s.%N)
    $pare compress "$model" -o "$out/model" --force --recipe "$out/$tag.yaml" --quiet > /dev/null
    seconds=$(echo "$(date +%s.%N) - $begin" | bc)
    own=$($pare eval "$out/model" --perplexity "$text" --windows 16 --json --quiet | grep -o '"perplexity": *[0-9.]*' | head -1 | grep -o '[0-9.]*$')
    theirs=$(grep -A 60 "\"tag\": \"$tag\"" "$recorded" | grep -o '"perplexity_first16": *[0-9.]*' | head -1 | grep -o '[0-9.]*$')
    printf '%s\t%.4f\t%.4f\t%.5f\t%.0f\n' "$tag" "$theirs" "$own" "$(echo "$own / $theirs" | bc -l)" "$seconds" | tee -a "$out/results.tsv"
done
rm -rf "$out/model"
