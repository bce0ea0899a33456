#!/usr/bin/env bash
# The main job on the repository's own small model: measure it, make it smaller, measure what that cost, run and export the result.
# Everything is written to artifacts/demo; the .html files there are pages for a browser.
set -euo pipefail
cd "$(dirname "$0")/.."
bash eng/dotnet.sh
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
dotnet build src/Pare.Cli -c Release -v quiet -nologo

model=models/stories260K
text="--perplexity models/stories.txt --protocol plain --window 256"
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
    pare compress $model -o $out/stories-$format --method round-to-nearest --format $format --report $out/compress-$format.html
    pare eval $out/stories-$format $text --against $model --report $out/$format.html
done
for candidate in $model $out/stories-q8_0 $out/stories-q4_0; do
    pare bench $candidate --prompt 128 --generate 64 --repetitions 3 --report $out/bench-$(basename $candidate).html
done
pare run $out/stories-q4_0 -p "Once upon a time" -n 60
pare export $out/stories-q8_0 -o $out/stories-q8_0.gguf

printf '\nPages:\n'
ls $out/*.html
