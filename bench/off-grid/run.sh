#!/usr/bin/env bash
# The main job on the real model: the 135M model is taken off its 4-bit grid, stored in several formats, and each is measured beside the float32 one.
#   bench/off-grid/run.sh MODEL.gguf FACTORS.safetensors WIKITEXT OUT [WINDOWS]
# Writes the models, the JSON of every command and table.md into OUT. The figures in the README are from this script.
set -euo pipefail
model=$1 factors=$2 text=$3 out=$4 windows=${5:-16}
cd "$(dirname "$0")/../.."
make --no-print-directory publish > /dev/null
pare() { artifacts/pare/pare "$@"; }
mkdir -p "$out/json"
cp bench/off-grid/channel-scaling.yaml "$out/"
cp "$factors" "$out/off-grid-scales.safetensors"
number() { grep -oE "\"$2\": ?[-0-9.e+]+" "$out/json/$1.json" | head -1 | grep -oE '[-0-9.e+]+$'; }

pare compress "$model" -o "$out/f32" --recipe "$out/channel-scaling.yaml" --force --json > "$out/json/compress-f32.json"
pare export "$out/f32" -o "$out/bf16" --format bf16 --embedding-format bf16 --force --json > "$out/json/compress-bf16.json"
for format in q8_0 q4_0 q4_k; do
    pare compress "$out/f32" -o "$out/$format" --method round-to-nearest --format $format --force --json > "$out/json/compress-$format.json"
done
for format in bf16 q8_0 q4_0 q4_k; do
    pare export "$out/$format" -o "$out/$format.gguf" --force --json > "$out/json/export-$format.json"
    pare eval "$out/$format" --perplexity "$text" --windows "$windows" --against "$out/f32" --json --report "$out/$format.html" > "$out/json/eval-$format.json"
done
pare eval "$out/f32" --perplexity "$text" --windows "$windows" --json > "$out/json/eval-f32.json"
for round in 1 2 3; do
    for format in bf16 q8_0 q4_0 q4_k; do
        pare bench "$out/$format" --prompt 512 --generate 64 --repetitions 3 --json > "$out/json/bench-$format-$round.json"
    done
done

median() { for round in 1 2 3; do number "bench-$1-$round" "$2"; done | sort -g | sed -n 2p; }
{
    echo "| format | GGUF, MB | of BF16 | perplexity | KL to float32 | top-1 agreement | decode, tokens/s | prefill, tokens/s |"
    echo "|---|---|---|---|---|---|---|---|"
    base=$(stat -c %s "$out/bf16.gguf")
    for format in bf16 q8_0 q4_0 q4_k; do
        size=$(stat -c %s "$out/$format.gguf")
        awk -v f=$format -v s="$size" -v b="$base" -v p="$(number eval-$format perplexity)" -v k="$(number eval-$format meanKlDivergence)" \
            -v t="$(number eval-$format topOneAgreement)" -v d="$(median $format decodeTokensPerSecond)" -v q="$(median $format prefillTokensPerSecond)" \
            'BEGIN { printf "| %s | %.1f | %.2f | %.3f | %.4f | %.1f %% | %.0f | %.0f |\n", toupper(f), s / 1e6, s / b, p, k, 100 * t, d, q }'
    done
    echo
    echo "float32, off the grid: perplexity $(number eval-f32 perplexity) over $windows windows of 2048 tokens of WikiText-2 (protocol wikitext2)."
    echo "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), $(nproc) threads, commit $(git rev-parse --short HEAD)."
} | tee "$out/table.md"
