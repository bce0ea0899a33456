using Pare.Interop;
using Pare.TestSupport;

namespace Pare.Benchmarks.Comparison;

/// <summary>Has the real llama.cpp quantize a GGUF file, mixtures of its formats included: <c>quantize-llama IN.gguf OUT.gguf FORMAT</c>.</summary>
internal static class LlamaQuantizer
{
    public static int Run(IReadOnlyList<string> args)
    {
        if (args is not [var input, var output, var format] || !Enum.TryParse<LlamaFileType>(format, ignoreCase: true, out var type))
        {
            Console.Error.WriteLine($"usage: quantize-llama IN.gguf OUT.gguf {string.Join('|', Enum.GetNames<LlamaFileType>())}");
            return 2;
        }

        LlamaLibrary.Load(SharedFiles.Repository);
        LlamaModel.Quantize(input, output, type, threads: Environment.ProcessorCount);
        return 0;
    }
}
