#!/usr/bin/env bash
# The main job on the real model: the 135M model is taken off its 4-bit grid, stored in several formats, and each is measured beside the float32 one.
# FORMATS="q8_0 q4_0" takes other formats. With SPEED=0 it stops before the speed measurements, which want a quiet machine.
#   bench/off-grid/run.sh MODEL.gguf FACTORS.safetensors WIKITEXT OUT [WINDOWS]
# Writes the models, the JSON of every command and table.md into OUT. The figures in the README are from this script.
set -euo pipefail
model=$1 factors=$2 text=$3 out=$4 windows=${5:-16}
cd "$(dirname "$0")/../.."
make --no-print-directory publish > /dev/null
# A step whose result is there is not run again, so that a run that was cut off goes on.
step() { # name of the JSON, then the command
    local json="$out/json/$1.json"
    shift
    [ -s "$json" ] || { artifacts/pare/pare "$@" --json > "$json.part" && mv "$json.part" "$json"; }
}
formats="bf16 ${FORMATS:-q8_0 q4_0 q4_k}"
mkdir -p "$out/json"
cp bench/off-grid/channel-scaling.yaml "$out/"
cp "$factors" "$out/off-grid-scales.safetensors"
number() { grep -oE "\"$2\": ?[-0-9.e+]+" "$out/json/$1.json" | head -1 | grep -oE '[-0-9.e+]+$'; }

step compress-f32 compress "$model" -o "$out/f32" --recipe "$out/channel-scaling.yaml" --force
step compress-bf16 export "$out/f32" -o "$out/bf16" --format bf16 --embedding-format bf16 --force
for format in ${formats#bf16 }; do
    step compress-$format compress "$out/f32" -o "$out/$format" --method round-to-nearest --format $format --force
done
for format in $formats; do
    step export-$format export "$out/$format" -o "$out/$format.gguf" --force
    step eval-$format eval "$out/$format" --perplexity "$text" --windows "$windows" --against "$out/f32" --report "$out/$format.html"
done
step eval-f32 eval "$out/f32" --perplexity "$text" --windows "$windows"
[ "${SPEED:-1}" = 1 ] || exit 0
for round in 1 2 3; do
    for format in $formats; do
        step bench-$format-$round bench "$out/$format" --prompt 512 --generate 64 --repetitions 3
    done
done

median() { for round in 1 2 3; do number "bench-$1-$round" "$2"; done | sort -g | sed -n 2p; }
{
    echo "| format | GGUF, MB | of BF16 | perplexity | KL to float32 | top-1 agreement | decode, tokens/s | prefill, tokens/s |"
    echo "|---|---|---|---|---|---|---|---|"
    base=$(stat -c %s "$out/bf16.gguf")
    for format in $formats; do
        size=$(stat -c %s "$out/$format.gguf")
        awk -v f=$format -v s="$size" -v b="$base" -v p="$(number eval-$format perplexity)" -v k="$(number eval-$format meanKlDivergence)" \
            -v t="$(number eval-$format topOneAgreement)" -v d="$(median $format decodeTokensPerSecond)" -v q="$(median $format prefillTokensPerSecond)" \
            'BEGIN { printf "| %s | %.1f | %.2f | %.3f | %.4f | %.1f %% | %.0f | %.0f |\n", toupper(f), s / 1e6, s / b, p, k, 100 * t, d, q }'
    done
    echo
    echo "float32, off the grid: perplexity $(number eval-f32 perplexity) over $windows windows of 2048 tokens of WikiText-2 (protocol wikitext2)."
    echo "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), $(nproc) threads, commit $(git rev-parse --short HEAD)."
} | tee "$out/table.md"
