#!/usr/bin/env bash
# Every method on one model: perplexity on two texts, bits per weight, seconds, bytes of all weights. One line a method, in OUT/results.tsv; what stands there is not repeated.
#   bench/methods-table/run.sh MODEL CALIBRATION TEXT1 TEXT2 OUT [TAG...]
# SCALES=FACTORS.safetensors puts channel scaling before every method (the 135M model, whose file lies on a 4-bit grid). SAMPLES, WINDOW: calibration windows (32 × 512); WINDOWS, LENGTH: evaluation
# windows of each text (16 × 2048); for the methods called llama, the real llama.cpp (npm ci --ignore-scripts in tests/interop) quantizes the F16 file of the same weights. TEXT1 is tokenized by the protocol wikitext2, TEXT2 as plain text. Without tags all methods are run.
set -euo pipefail
model=$1 calibration=$(realpath "$2") text1=$3 text2=$4 out=$5
shift 5
. "$(dirname "$0")/../common.sh"
mkdir -p "$out"
touch "$out/results.tsv"

# Tag, then the passes: method and options, passes parted by " | ".
methods="
dense               round-to-nearest format:f16 embeddingFormat:f16
rtn-q8_0            round-to-nearest format:q8_0 embeddingFormat:f16
rtn-q6_k            round-to-nearest format:q6_k embeddingFormat:f16
rtn-q4_k            round-to-nearest format:q4_k embeddingFormat:f16
rtn-q4_1            round-to-nearest format:q4_1 embeddingFormat:f16
rtn-q4_0            round-to-nearest format:q4_0 embeddingFormat:f16
gptq-q4_0           gptq format:q4_0
gptq-q4_1           gptq format:q4_1
awq-q4_0            awq format:q4_0
awq-q4_1            awq format:q4_1
awq-q4_k            awq format:q4_k
rtn-4-g64           round-to-nearest bits:4
gptq-4-g64          gptq bits:4 actOrder:true
awq-4-g64           awq bits:4
awq-gptq-4-g64      awq bits:4 round:false storedAs:f32 | gptq bits:4 actOrder:true
rtn-3-g64           round-to-nearest bits:3
gptq-3-g64          gptq bits:3 actOrder:true
awq-3-g64           awq bits:3
awq-gptq-3-g64      awq bits:3 round:false storedAs:f32 | gptq bits:3 actOrder:true
equalize-rtn-4-g64  channel-scaling equalize:true format:f32 | round-to-nearest bits:4
magnitude-50        magnitude sparsity:0.5
magnitude-dsnot-50  magnitude sparsity:0.5 dsnot:true
wanda-50            wanda sparsity:0.5
wanda-dsnot-50      wanda sparsity:0.5 dsnot:true
wanda-owl-50        wanda sparsity:0.5 rates:owl
wanda-sens-50       wanda sparsity:0.5 rates:sensitivity
sparsegpt-50        sparsegpt sparsity:0.5
sparsegpt-owl-50    sparsegpt sparsity:0.5 rates:owl
sparsegpt-sens-50   sparsegpt sparsity:0.5 rates:sensitivity
wanda-70            wanda sparsity:0.7
wanda-owl-70        wanda sparsity:0.7 rates:owl
wanda-sens-70       wanda sparsity:0.7 rates:sensitivity
sparsegpt-70        sparsegpt sparsity:0.7
sparsegpt-owl-70    sparsegpt sparsity:0.7 rates:owl
sparsegpt-sens-70   sparsegpt sparsity:0.7 rates:sensitivity
magnitude-2:4       magnitude pattern:2:4
magnitude-dsnot-2:4 magnitude pattern:2:4 dsnot:true
wanda-2:4           wanda pattern:2:4
wanda-dsnot-2:4     wanda pattern:2:4 dsnot:true
sparsegpt-2:4       sparsegpt pattern:2:4
sparsegpt-4:8       sparsegpt pattern:4:8
sparsegpt-2:4-int8  sparsegpt pattern:2:4 | round-to-nearest format:2:4-int8 embeddingFormat:f16
sparsegpt-2:4-int4  sparsegpt pattern:2:4 | round-to-nearest format:2:4-int4 embeddingFormat:f16
sdq-8:8-int8        sdq pattern:8:8 inlierFormat:int8
sdq-8:8-fp4         sdq pattern:8:8 inlierFormat:fp4
sdq-8:8-1:8         sdq pattern:8:8 outliers:1:8
sdq-7:8-1:8         sdq pattern:7:8 outliers:1:8
sdq-wanda-7:8-1:8   sdq pattern:7:8 outliers:1:8 metric:wanda
sdq-7:8-2:8         sdq pattern:7:8 outliers:2:8
sdq-6:8-1:8         sdq pattern:6:8 outliers:1:8
llama-Q8_0          llama Q8_0
llama-Q6_K          llama Q6_K
llama-Q5_K_M        llama Q5_K_M
llama-Q4_K_M        llama Q4_K_M
llama-Q4_0          llama Q4_0
llama-Q3_K_M        llama Q3_K_M
llama-Q2_K          llama Q2_K
"

recipe() { # passes
    echo "calibration:"
    printf '  text: %s\n  samples: %s\n  window: %s\n' "$calibration" "${SAMPLES:-32}" "${WINDOW:-512}"
    echo "passes:"
    [ -z "${SCALES:-}" ] || printf '  - method: channel-scaling\n    factors: %s\n    format: f32\n' "$(realpath "$SCALES")"
    local passes pass word words
    IFS='|' read -ra passes <<< "$1"
    for pass in "${passes[@]}"; do
        read -ra words <<< "$pass"
        echo "  - method: ${words[0]}"
        for word in "${words[@]:1}"; do echo "    ${word%%:*}: \"${word#*:}\""; done
    done
}

perplexity() { # model, text, protocol
    $pare eval "$1" --perplexity "$2" --protocol "$3" --windows "${WINDOWS:-16}" --window "${LENGTH:-2048}" --json --quiet | number perplexity
}

compress() { # tag, passes: into OUT/model
    recipe "$2" > "$out/$1.yaml"
    $pare compress "$model" -o "$out/model" --force --recipe "$out/$1.yaml" --quiet > /dev/null
}

while read -r tag passes; do
    [ -n "$tag" ] || continue
    [ $# = 0 ] || [[ " $* " == *" $tag "* ]] || continue
    grep -q "^$tag	" "$out/results.tsv" && continue
    if [ "${passes% *}" = llama ]; then
        [ -d "$repository/tests/interop/node_modules" ] || continue
        if [ ! -s "$out/f16.gguf" ]; then
            compress f16 "$(sed -n 's/^dense  *//p' <<< "$methods")"
            $pare export "$out/model" -o "$out/f16.gguf" --format f16 --embedding-format f16 --quiet > /dev/null
        fi
        measured=$out/model.gguf
        begin=$(date +%s)
        dotnet "$repository/bench/Pare.Benchmarks/bin/Release/net10.0/Pare.Benchmarks.dll" quantize-llama "$out/f16.gguf" "$measured" "${passes#* }" > "$out/$tag.log" 2>&1
    else
        measured=$out/model
        begin=$(date +%s)
        compress "$tag" "$passes"
    fi
    seconds=$(($(date +%s) - begin))
    info=$($pare info "$measured" --json)
    on1=$(perplexity "$measured" "$text1" wikitext2)
    on2=$(perplexity "$measured" "$text2" plain)
    printf '%s\t%s\t%s\t%.3f\t%s\t%s\n' "$tag" "$on1" "$on2" "$(number bitsPerWeight <<< "$info")" "$seconds" "$(number weightBytes <<< "$info")" >> "$out/results.tsv"
done <<< "$methods"
rm -rf "$out/model" "$out/model.gguf" "$out/f16.gguf"
