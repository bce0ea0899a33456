using System.Globalization;
using Pare.Formats;
using Pare.Runtime;

namespace Pare.Benchmarks.Comparison;

/// <summary>The command line of <c>compare-llama</c>.</summary>
internal sealed record ComparisonOptions
{
    public const string Usage = """
        compare-llama --model MODEL [--model …] [--formats f16,q8_0,…] [--threads N] [--rounds N] [--prompt N] [--generate N] [--depth N]
                      [--flash-attention on|off] [--activations int8|float32] [--kv-cache f32|f16|q8_0]
                      [--llama-backend NAME] [--clock wall|cpu] [--measure both|decode|prefill] [--self-check on|off] [--output PATH-WITHOUT-EXTENSION]
        Runs Pare and llama.cpp on the same file in turn, in one process, and states the ratio of their speeds.
          --model            a GGUF file that both read (with --formats any model); give it several times for several rows
          --formats          exports the models to these formats first, to temporary files
          --threads          threads of each, one a processor (all processors)
          --rounds           pairs of samples for each measure (15)
          --prompt           tokens of a prefill sample (512)
          --generate         tokens of a decode sample (32)
          --depth            tokens in the cache before a decode sample (128)
          --flash-attention  llama.cpp's fused attention (on, which is its faster setting)
          --activations      Pare's inputs of matrices in block formats (int8)
          --kv-cache         Pare's cache; llama.cpp's is F16 (f16)
          --llama-backend    the processors whose backend llama.cpp takes, such as haswell (AVX2): beside Pare with DOTNET_EnableAVX512=0 (the best for this one)
          --clock            wall, or cpu: the processor time of the calling thread, which other programs disturb less; for one thread (wall)
          --measure          decode, prefill or both (both)
          --self-check       on: llama.cpp takes both places, so every ratio has to be 1
          --output           writes PATH.md and PATH.json
        """;

    public List<string> Models { get; } = [];

    public IReadOnlyList<ElementType> Formats { get; private set; } = [];

    public int Threads { get; internal set; } = Environment.ProcessorCount;

    public int Rounds { get; private set; } = 15;

    public int Prompt { get; private set; } = 512;

    public int Generate { get; private set; } = 32;

    public int Depth { get; private set; } = 128;

    public bool FlashAttention { get; private set; } = true;

    public ActivationPrecision Activations { get; private set; } = ActivationPrecision.Int8;

    public ElementType KvCache { get; private set; } = ElementType.F16;

    public string? LlamaBackend { get; private set; }

    public bool CpuClock { get; private set; }

    public bool MeasuresDecode { get; private set; } = true;

    public bool MeasuresPrefill { get; private set; } = true;

    public bool SelfCheck { get; private set; }

    public string? Output { get; private set; }

    /// <summary>Reads the arguments.</summary>
    /// <exception cref="ArgumentException">An unknown option, or a value that it cannot take.</exception>
    public static ComparisonOptions Parse(string[] args)
    {
        var options = new ComparisonOptions();
        if (args.Length % 2 != 0) throw new ArgumentException($"{args[^1]} has no value");
        for (var i = 0; i < args.Length; i += 2) options.Set(args[i], args[i + 1]);
        if (options.Models.Count == 0) throw new ArgumentException("no --model");
        if (options is { CpuClock: true, Threads: > 1 }) throw new ArgumentException("--clock cpu sees the calling thread only: give --threads 1");
        return options;
    }

    private void Set(string name, string value)
    {
        switch (name)
        {
            case "--model": Models.Add(value); break;
            case "--formats": Formats = [.. value.Split(',').Select(ElementTypes.Parse)]; break;
            case "--threads": Threads = Number(name, value, Environment.ProcessorCount); break;
            case "--rounds": Rounds = Number(name, value, 10_000); break;
            case "--prompt": Prompt = Number(name, value, 100_000); break;
            case "--generate": Generate = Number(name, value, 100_000); break;
            case "--depth": Depth = Number(name, value, 100_000); break;
            case "--flash-attention": FlashAttention = Switch(name, value); break;
            case "--activations": Activations = value is "int8" or "float32" ? Enum.Parse<ActivationPrecision>(value, ignoreCase: true) : throw new ArgumentException($"--activations is int8 or float32, not {value}"); break;
            case "--kv-cache": KvCache = ElementTypes.Parse(value); break;
            case "--llama-backend": LlamaBackend = value; break;
            case "--clock": CpuClock = value is "cpu" or "wall" ? value == "cpu" : throw new ArgumentException($"--clock is wall or cpu, not {value}"); break;
            case "--measure": (MeasuresDecode, MeasuresPrefill) = value is "both" or "decode" or "prefill" ? (value != "prefill", value != "decode") : throw new ArgumentException($"--measure is both, decode or prefill, not {value}"); break;
            case "--self-check": SelfCheck = Switch(name, value); break;
            case "--output": Output = value; break;
            default: throw new ArgumentException($"unknown option {name}");
        }
    }

    private static bool Switch(string name, string value) => value is "on" or "off" ? value == "on" : throw new ArgumentException($"{name} is on or off, not {value}");

    private static int Number(string name, string value, int most) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= most
            ? number : throw new ArgumentException($"{name} is a whole number from 1 to {most}, not {value}");
}
