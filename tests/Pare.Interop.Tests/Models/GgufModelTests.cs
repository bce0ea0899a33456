using Pare.Models;
using Pare.TestSupport;

namespace Pare.Interop.Tests.Models;

/// <summary>GGUF files that Pare did not write, run by both programs.</summary>
public sealed class GgufModelTests : IClassFixture<LlamaFixture>
{
    // llama.cpp rounds the other factor of every product with 16-bit weights to 16 bits too; Pare computes with float32.
    [InteropFact(NeedsShared = true)]
    public void A_16_bit_file_made_by_llama_cpp_is_run_alike()
    {
        var folder = Directory.CreateTempSubdirectory("pare-interop");
        try
        {
            var path = Path.Combine(folder.FullName, "f16.gguf");
            LlamaModel.Quantize(SharedFiles.Path("models", "SmolLM2-135M-Instruct", "SmolLM2-135M-Instruct.Q4_1.gguf"), path, LlamaFileType.F16);
            var tokens = RecordedTensors.Read(SharedFiles.Path("reference", "wikitext2-window0.safetensors")).Integers("input_ids").AsSpan(0, 512);
            using var theirs = LlamaModel.Open(path);
            using var context = theirs.CreateContext(new LlamaContextOptions { ContextLength = 512, CacheType = GgmlType.F32 });
            using var ours = Model.Open(path);
            var agreement = ModelAgreement.Measure(ours, context, tokens);
            File.WriteAllText("/tmp/interop-agree.txt", agreement.ToString());
            agreement.AssertWithin(mean: 0.005, largestLikely: 0.02, perplexity: 0.001);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
