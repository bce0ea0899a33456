#!/usr/bin/env bash
# The main job on the repository's own small model: measure it, make it smaller, measure what that cost, run and export the result.
# Everything is written to artifacts/demo; the .html files there are pages for a browser.
set -euo pipefail
cd "$(dirname "$0")/.."
bash eng/dotnet.sh
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
dotnet build src/Pare.Cli -c Release -v quiet -nologo

model=models/pare-llama-5m
text="--perplexity models/wikipedia.txt --protocol plain --window 512"
out=artifacts/demo
rm -rf "$out"
mkdir -p "$out"

pare() {
    printf '\n$ pare'
    printf ' %q' "$@"
    printf '\n'
    dotnet src/Pare.Cli/bin/Release/net10.0/Pare.Cli.dll "$@"
}

pare info $model
pare eval $model $text --report $out/dense.html
for format in q8_0 q4_0; do
    pare compress $model -o $out/llama-$format --method round-to-nearest --format $format --report $out/compress-$format.html
    pare eval $out/llama-$format $text --against $model --report $out/$format.html
done
for candidate in $model $out/llama-q8_0 $out/llama-q4_0; do
    pare bench $candidate --prompt 128 --generate 64 --repetitions 3 --report $out/bench-$(basename $candidate).html
done
pare run $out/llama-q4_0 -p "The city is" -n 60
pare export $out/llama-q8_0 -o $out/llama-q8_0.gguf

printf '\nPages:\n'
ls $out/*.html
