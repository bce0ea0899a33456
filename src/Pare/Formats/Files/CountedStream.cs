namespace Pare.Formats;

/// <summary>Passes the bytes of one tensor on and holds them to the length that was announced in the file's directory.</summary>
internal sealed class CountedStream : Stream
{
    private readonly Stream _inner;
    private readonly string _tensor;
    private readonly long _expected;
    private long _written;

    public CountedStream(Stream inner, string tensor, long expected) => (_inner, _tensor, _expected) = (inner, tensor, expected);

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => _expected;

    public override long Position
    {
        get => _written;
        set => throw new NotSupportedException("a tensor is written from its first byte to its last");
    }

    /// <summary>Throws if bytes are missing.</summary>
    public void CheckComplete()
    {
        if (_written != _expected) throw new InvalidOperationException($"tensor '{_tensor}' was announced with {_expected} bytes, but only {_written} were written");
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (buffer.Length > _expected - _written) throw new InvalidOperationException($"tensor '{_tensor}' was announced with {_expected} bytes, but more were written");
        _inner.Write(buffer);
        _written += buffer.Length;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void WriteByte(byte value) => Write(new ReadOnlySpan<byte>(in value));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("a tensor is only written here");

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("a tensor is written from its first byte to its last");

    public override void SetLength(long value) => throw new NotSupportedException("the length of a tensor is fixed by its type and shape");
}
