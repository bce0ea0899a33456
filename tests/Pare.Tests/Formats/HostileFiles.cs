using System.Numerics;
using Pare.Formats;

namespace Pare.Tests.Formats;

/// <summary>Opens damaged files and holds every outcome to what was promised: a sound file or a <see cref="ModelFormatException"/>, and little memory.</summary>
internal sealed class HostileFiles
{
    private const long FixedAllowance = 128 << 10;
    private const long AllowancePerByte = 24;

    /// <summary>Files that opened.</summary>
    public int Opened { get; private set; }

    /// <summary>Files that were refused.</summary>
    public int Refused { get; private set; }

    /// <summary>Opens a file, checks it, and names the seed if it breaks a promise.</summary>
    /// <param name="seed">What the file was made from.</param>
    /// <param name="file">The file's bytes.</param>
    /// <param name="open">Opens it; gives the tensors and what to dispose.</param>
    public void Try(int seed, byte[] file, Func<byte[], (IReadOnlyList<StoredTensor> Tensors, IDisposable File)> open)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            var (tensors, opened) = open(file);
            Bounded(seed, file, before);
            using (opened) CheckSound(tensors);
            Opened++;
        }
        catch (ModelFormatException e)
        {
            Bounded(seed, file, before);
            Assert.True(e.Message.StartsWith("hostile: ", StringComparison.Ordinal) && e.Message.Length < 1000, $"seed {seed}: the message is '{e.Message}'");
            Refused++;
        }
        catch (Exception e) when (e is not Xunit.Sdk.XunitException)
        {
            Assert.Fail($"seed {seed}: {e}");
        }
    }

    /// <summary>Fails if either outcome was too rare for the test to mean anything.</summary>
    public void BothOutcomesOccurred(int least) => Assert.True(Opened >= least && Refused >= least, $"{Opened} files opened, {Refused} were refused");

    private static void Bounded(int seed, byte[] file, long before)
    {
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated <= FixedAllowance + AllowancePerByte * file.Length, $"seed {seed}: {allocated} bytes were allocated for a file of {file.Length}");
    }

    private static unsafe void CheckSound(IReadOnlyList<StoredTensor> tensors)
    {
        var names = new HashSet<string>();
        byte* end = null;
        foreach (var tensor in tensors)
        {
            var owner = (MappedBytes)tensor.Owner;
            var elements = tensor.Shape.Aggregate(BigInteger.One, (product, size) => product * size);
            if (elements / tensor.Type.BlockLength() * tensor.Type.BlockBytes() != tensor.ByteLength) throw new InvalidOperationException($"{tensor.Name}: {tensor.ByteLength} bytes for {elements} {tensor.Type}");
            if (tensor.Data < owner.Data || tensor.Data + tensor.ByteLength > owner.Data + owner.Length) throw new InvalidOperationException($"{tensor.Name} lies outside the file");
            if (tensor.ByteLength > 0 && tensor.Data < end) throw new InvalidOperationException($"{tensor.Name} overlaps the tensor before it");
            if (!names.Add(tensor.Name)) throw new InvalidOperationException($"{tensor.Name} occurs twice");
            if (tensor.ByteLength > 0) end = tensor.Data + tensor.ByteLength;
            Contents.Sum(tensor);
        }
    }
}
