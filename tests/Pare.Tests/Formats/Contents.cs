using Pare.Formats;

namespace Pare.Tests.Formats;

/// <summary>Compares and reads the bytes of files and stored tensors.</summary>
internal static unsafe class Contents
{
    /// <summary>All bytes of a tensor.</summary>
    public static byte[] Of(StoredTensor tensor)
    {
        var bytes = new ReadOnlySpan<byte>(tensor.Data, checked((int)tensor.ByteLength)).ToArray();
        GC.KeepAlive(tensor);
        return bytes;
    }

    /// <summary>The sum of all bytes of a tensor, read row by row through the public interface.</summary>
    public static long Sum(StoredTensor tensor)
    {
        long sum = 0;
        if (tensor.ByteLength == 0) return sum;
        for (long row = 0; row < tensor.Rows; row++)
        {
            foreach (var x in tensor.RowBytes(row)) sum += x;
        }

        return sum;
    }

    /// <summary>Whether two files have the same bytes.</summary>
    public static bool Equal(string a, string b) => File.ReadAllBytes(a).AsSpan().SequenceEqual(File.ReadAllBytes(b));
}
