using Pare.Numerics;

namespace Pare.Tests.Numerics;

public sealed unsafe class TensorTests
{
    [Fact]
    public void A_tensor_starts_with_zeros_on_an_aligned_address()
    {
        using var tensor = new Tensor(3, 5, 7);
        Assert.Equal(105, tensor.Length);
        Assert.Equal(15, tensor.Rows);
        Assert.Equal(7, tensor.Columns);
        Assert.Equal((nuint)0, (nuint)tensor.Pointer % 64);
        foreach (var value in tensor.Span) Assert.Equal(0, value);
    }

    [Fact]
    public void Views_share_their_numbers()
    {
        using var tensor = new Tensor(4, 6);
        for (var i = 0; i < 24; i++) tensor.Span[i] = i;
        var slice = tensor.Slice(1, 2);
        Assert.Equal([2, 6], slice.Shape.ToArray());
        Assert.Equal([6, 7, 8, 9, 10, 11], slice.Row(0).ToArray());
        slice.Row(1)[0] = -1;
        Assert.Equal(-1, tensor.Row(2)[0]);
        Assert.Equal([18, 19, 20], tensor.Reshape(8, 3).Row(6).ToArray());
        Assert.Equal(0, tensor.Slice(4, 0).Length);
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_refused()
    {
        using var tensor = new Tensor(4, 6);
        Assert.Throws<ArgumentException>(() => tensor.Reshape(5, 5));
        Assert.Throws<ArgumentException>(() => new Tensor(2, -1));
        Assert.Throws<ArgumentException>(() => new Tensor(1 << 30, 1 << 30, 1 << 30));
        Assert.Throws<ArgumentOutOfRangeException>(() => tensor.Row(4)[0]);
        Assert.Throws<ArgumentOutOfRangeException>(() => tensor.Slice(3, 2));
        using var scalar = new Tensor();
        Assert.Equal(1, scalar.Length);
        Assert.Throws<InvalidOperationException>(() => scalar.Slice(0, 1));
    }

    [Fact]
    public void A_disposed_tensor_is_not_read()
    {
        var tensor = new Tensor(2, 2);
        var view = tensor.Slice(0, 1);
        tensor.Dispose();
        Assert.Throws<ObjectDisposedException>(() => tensor.Span[0]);
        Assert.Throws<ObjectDisposedException>(() => view.Row(0)[0]);
    }

    [Fact]
    public void Buffers_of_every_size_are_aligned_and_cleared()
    {
        foreach (var length in new long[] { 0, 1, 1000, (4 << 20) / 8 + 3 })
        {
            using var buffer = new NativeBuffer<double>(length);
            Assert.Equal((nuint)0, (nuint)buffer.Pointer % 64);
            foreach (var value in buffer.Span) Assert.Equal(0, value);
            if (length > 0) buffer.Span[^1] = 1;
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => new NativeBuffer<double>(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new NativeBuffer<double>(long.MaxValue));
        using var small = new NativeBuffer<int>(10);
        Assert.Equal(3, small.Slice(7, 3).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => small.Slice(8, 3)[0]);
    }
}
