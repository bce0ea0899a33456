#!/usr/bin/env bash
# Trains the sample models from nothing: a tokenizer of 4096 tokens, then each configuration of this folder.
#   models/recipes/train.sh TEXTS OUT [THREADS]
# TEXTS holds wikipedia-train.txt, wikipedia-validation.txt and novels.txt. A run that was cut off goes on when the command is given again.
# Results do not depend on the number of threads; they do on the instruction set in their last bits.
set -euo pipefail
texts=$1 out=$2 threads=${3:-0}
recipes=$(cd "$(dirname "$0")" && pwd)
root=$recipes/../..
dotnet build "$root/src/Pare.Cli" -c Release -v quiet -nologo
pare() { dotnet "$root/src/Pare.Cli/bin/Release/net10.0/Pare.Cli.dll" "$@"; }

mkdir -p "$out"
[ -f "$out/tokenizer/tokenizer.json" ] || pare train-tokenizer "$texts/wikipedia-train.txt" "$texts/novels.txt" --vocabulary-size 4096 -o "$out/tokenizer"

train() { # name, batch, steps, warm-up, steps between validations
    local start="$out/$1.start"
    [ -d "$out/$1" ] && return
    mkdir -p "$start"
    cp "$recipes/$1/config.json" "$out/tokenizer/"tokenizer*.json "$start"
    pare train "$start" --data "$texts/wikipedia-train.txt" --data "$texts/novels.txt" --validation "$texts/wikipedia-validation.txt" -o "$out/$1" \
        --window 512 --batch "$2" --steps "$3" --learning-rate 4e-3 --optimizer muon --warmup "$4" --decay linear --final-share 0.01 \
        --validate-every "$5" --checkpoint-every 50 --threads "$threads" --resume --report "$out/$1.html"
}
train pare-llama-5m 12 900 60 50
train pare-opt-5m 8 2400 60 100
