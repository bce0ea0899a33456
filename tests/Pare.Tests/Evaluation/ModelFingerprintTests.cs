using Pare.Evaluation;
using Pare.Tests.Formats;
using Pare.TestSupport;

namespace Pare.Tests.Evaluation;

public class ModelFingerprintTests
{
    [Fact]
    public void A_copy_has_the_same_fingerprint_and_a_changed_copy_another()
    {
        var original = SharedFiles.InRepository("models", "stories260K");
        using var folder = new TemporaryFolder();
        foreach (var file in Directory.GetFiles(original)) File.Copy(file, Path.Combine(folder.Path, Path.GetFileName(file)));
        var fingerprint = ModelFingerprint.Of(original);
        Assert.Equal(64, fingerprint!.Length);
        File.WriteAllText(Path.Combine(folder.Path, "notes.txt"), "not part of the model");
        Assert.Equal(fingerprint, ModelFingerprint.Of(folder.Path));
        var weights = Path.Combine(folder.Path, "model.safetensors");
        var bytes = File.ReadAllBytes(weights);
        bytes[^1] ^= 1;
        File.WriteAllBytes(weights, bytes);
        Assert.NotEqual(fingerprint, ModelFingerprint.Of(folder.Path));
    }

    [Fact]
    public void What_is_no_file_has_none() => Assert.Null(ModelFingerprint.Of("no such model"));

    [Fact]
    public void The_end_of_a_large_file_counts()
    {
        using var folder = new TemporaryFolder();
        var bytes = new byte[6 << 20];
        var path = folder.Write("a.gguf", bytes);
        var fingerprint = ModelFingerprint.Of(path);
        bytes[^1] = 1;
        Assert.NotEqual(fingerprint, ModelFingerprint.Of(folder.Write("b.gguf", bytes)));
    }
}
