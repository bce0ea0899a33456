#!/usr/bin/env bash
# Every table about the speed of the runtime, on this machine, and the check that no bit of a result hangs on it. About an hour of a quiet machine; npm ci --ignore-scripts in tests/interop first.
#   bench/runtime/run.sh MODEL TOKENIZER OUT [PART...]
# MODEL: a small real model (SmolLM2-135M-Instruct). TOKENIZER: a folder with the tokenizer that the random model of 1.1 × 10⁹ parameters gets, with its vocabulary (Llama 2's 32000).
# Parts, all but perplexity without a name:
#   decode    single tokens beside llama.cpp on the same files, flash attention off and on, its best backend and, with Pare held to AVX2, its AVX2 backend
#   prefill   prompts of 512 tokens likewise
#   depth     single tokens behind 128 and 4096, and eight sequences together, by type of the KV cache
#   products  bare matrix-vector products of every format beside the bandwidth
#   memory    load, peak memory, bytes allocated a token
#   neighbours  decoding beside programs that never rest
#   check     losses and logits at every instruction level, on 1, 2 and 3 threads, in every format and KV type; needs the recorded reference files
#   perplexity  over 8 windows of 1024 tokens of TEXT (a file, which has to be named), by format, activations and type of the KV cache; not among the parts that are made without a name
# THREADS (all processors), FORMATS (q8_0 q4_0 q4_k f16), ROUNDS (9) and WORK, a folder for 7 GB of models that is kept, may be set. A part's file in OUT is replaced.
set -euo pipefail
model=$(realpath "$1") tokenizer=$(realpath "$2") out=$3
shift 3
root=$(cd "$(dirname "$0")/../.." && pwd)
work=${WORK:-$out/work}
threads=${THREADS:-$(nproc)}
formats=${FORMATS:-q8_0 q4_0 q4_k f16}
rounds=${ROUNDS:-9}
mkdir -p "$out" "$work"
bench="dotnet $root/bench/Pare.Benchmarks/bin/Release/net10.0/Pare.Benchmarks.dll"
pare="dotnet $root/src/Pare.Cli/bin/Release/net10.0/Pare.Cli.dll"
[ -n "${NO_BUILD:-}" ] || dotnet build "$root/Pare.slnx" -c Release -v quiet -nologo

wants() { # part
    [ ${#parts[@]} = 0 ] || [[ " ${parts[*]} " == *" $1 "* ]]
}
parts=("$@")

[ -d "$work/1.1b" ] || $bench write-random 1.1b f16 "$tokenizer" "$work/1.1b"
for format in $formats; do
    [ -f "$work/1.1b-$format.gguf" ] || $pare export "$work/1.1b" -o "$work/1.1b-$format.gguf" --format "$format" --quiet > /dev/null
    [ -f "$work/135m-$format.gguf" ] || $pare export "$model" -o "$work/135m-$format.gguf" --format "$format" --quiet > /dev/null
done

compare() { # size, measure, name, rounds, options
    local size=$1 measure=$2 name=$3 rounds=$4 files=()
    shift 4
    for format in $formats; do files+=(--model "$work/$size-$format.gguf"); done
    $bench compare-llama "${files[@]}" --threads "$threads" --rounds "$rounds" --measure "$measure" --generate 16 --output "$out/$measure-$size-$name" "$@" > /dev/null
}

for size in 135m 1.1b; do
    for flash in off on; do
        if wants decode; then
            compare $size decode "best-flash-$flash" "$rounds" --flash-attention $flash
            DOTNET_EnableAVX512=0 compare $size decode "avx2-flash-$flash" "$rounds" --flash-attention $flash --llama-backend haswell
        fi
    done
    if wants prefill; then
        compare $size prefill "best" 3 --flash-attention on
        DOTNET_EnableAVX512=0 compare $size prefill "avx2" 3 --flash-attention on --llama-backend haswell
    fi
done

header() { # title, command
    echo "# $1"
    echo
    echo "$(grep -m1 'model name' /proc/cpuinfo | sed 's/.*: //'), $threads threads; commit $(git -C "$root" rev-parse --short=12 HEAD); load average before the run $(cut -d' ' -f1 /proc/loadavg)."
    echo "Command: \`$2\`."
    echo
}

if wants depth; then
    {
        header "Depth of the context and batches" "bench/runtime/run.sh MODEL TOKENIZER OUT depth"
        echo "Medians of rounds in turn (\`decode\` of the benchmarks); AVX2: \`DOTNET_EnableAVX512=0\`."
        echo
        first=1
        for level in best avx2; do
            for size in 1.1b 135m; do
                for cache in q8_0 f16 f32; do
                    row=$([ $level = best ] || export DOTNET_EnableAVX512=0; $bench decode "$work/$size-q8_0.gguf" $cache 12 "$threads")
                    [ $first = 0 ] || echo "$row" | head -2 | sed 's/^|/| vectors |/;2s/.*/|---|---|---|---|---|---|---|---|---|/'
                    first=0
                    echo "$row" | tail -1 | sed "s/^|/| $level |/"
                done
            done
        done
    } > "$out/depth.md"
fi

if wants products; then
    {
        header "Bare products" "bench/runtime/run.sh MODEL TOKENIZER OUT products"
        for level in best avx2; do
            echo "$level:"
            echo '```'
            ([ $level = best ] || export DOTNET_EnableAVX512=0; $bench linear 5632 2048 "$threads" q8_0,6:8-fp4+1:8-int8,2:4-int8,q4_0,2:4-int4,q4_k,f16 256 1,8,512)
            echo '```'
        done
    } > "$out/products.md"
fi

if wants memory; then
    {
        header "Load and memory" "bench/runtime/run.sh MODEL TOKENIZER OUT memory"
        for format in $formats; do
            echo "$format, $(stat -c %s "$work/1.1b-$format.gguf") bytes:"
            echo '```'
            $pare bench "$work/1.1b-$format.gguf" --threads "$threads" --prompt 512 --generate 64 --repetitions 2 --quiet
            echo '```'
        done
    } > "$out/memory.md"
fi

if wants neighbours; then
    {
        header "Beside busy programs" "bench/runtime/run.sh MODEL TOKENIZER OUT neighbours"
        echo "Tokens/s (medians and quartiles, engines in turn) beside programs that use a processor each without rest."
        echo
        $bench neighbours "$work/1.1b-q8_0.gguf" 5
    } > "$out/neighbours.md"
fi

if wants check; then
    : > "$out/check.tsv"
    find "$work/check" \( -name "*-24" -o -name "*-6" \) -delete 2> /dev/null || true # what an earlier program gave
    check() { # level, tokens
        $bench runtime-check "$model" "$work/check" "$1" "$2" >> "$out/check.tsv"
    }
    check best 24
    DOTNET_EnableAVX512=0 check avx2 24
    DOTNET_EnableAVX2=0 check sse 24
    check best 6 # few, for the level that is slow
    DOTNET_EnableHWIntrinsic=0 check scalar 6
    [ "$(grep -c 'NOT' "$out/check.tsv")" = 0 ]
fi

if [[ " ${parts[*]} " == *" perplexity "* ]]; then
    text=${TEXT:?the part perplexity needs TEXT, a file to measure it on}
    mkdir -p "$work/check"
    {
        header "Perplexity by format, activations and cache" "TEXT=wiki.test.raw bench/runtime/run.sh MODEL TOKENIZER OUT perplexity"
        echo "| format | float32, cache F32 | F16 | Q8_0 | int8, cache F16 | Q8_0 |"
        echo "|---|---|---|---|---|---|"
        for format in f16 q8_0 q6_k q5_0 q4_k q4_1 q4_0; do
            [ -f "$work/check/$format.gguf" ] || $pare export "$model" -o "$work/check/$format.gguf" --format "$format" --quiet > /dev/null
            row="| $format |"
            for pair in float32:f32 float32:f16 float32:q8_0 int8:f16 int8:q8_0; do
                found=$($pare eval "$work/check/$format.gguf" --perplexity "$text" --window 1024 --windows 8 --activations "${pair%:*}" --kv-cache "${pair#*:}" --threads "$threads" --json --quiet | sed -n '0,/"perplexity"/s/^ *"perplexity": *\([0-9.]*\).*/\1/p')
                row+=" $(printf %.4f "$found") |"
            done
            echo "$row"
        done
    } > "$out/perplexity.md"
fi
