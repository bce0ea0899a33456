using System.Buffers.Binary;
using System.Text;
using Pare.Formats;

namespace Pare.Tokenization;

/// <summary>Reads the fields of one protobuf message from bytes; every length is checked against what is there.</summary>
internal ref struct ProtobufReader
{
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly string _file;
    private readonly long _origin;
    private int _at;
    private int _wireType;

    /// <summary>Creates a reader for a message.</summary>
    /// <param name="bytes">The message.</param>
    /// <param name="file">The file, for messages.</param>
    /// <param name="origin">Where in the file the message starts.</param>
    public ProtobufReader(ReadOnlySpan<byte> bytes, string file, long origin = 0)
    {
        _bytes = bytes;
        _file = file;
        _origin = origin;
    }

    /// <summary>Number of the current field.</summary>
    public int Field { get; private set; }

    /// <summary>Moves to the next field; false at the end of the message.</summary>
    public bool Next()
    {
        if (_at == _bytes.Length) return false;
        var tag = Varint();
        Field = tag >> 3 is > 0 and < 1 << 29 ? (int)(tag >> 3) : throw Problem($"{tag >> 3} is no field number");
        _wireType = (int)(tag & 7);
        return true;
    }

    /// <summary>The current field as a number.</summary>
    public ulong Number()
    {
        Expect(0);
        return Varint();
    }

    /// <summary>The current field as a 32-bit signed number.</summary>
    public int Int() => (int)(long)Number();

    /// <summary>The current field as true or false.</summary>
    public bool Bool() => Number() != 0;

    /// <summary>The current field as a float.</summary>
    public float Float()
    {
        Expect(5);
        return BinaryPrimitives.ReadSingleLittleEndian(Take(4));
    }

    /// <summary>The current field as bytes.</summary>
    public ReadOnlySpan<byte> Bytes()
    {
        Expect(2);
        return Take(Varint());
    }

    /// <summary>The current field as text.</summary>
    public string Text() => Encoding.UTF8.GetString(Bytes());

    /// <summary>The current field as a message.</summary>
    public ProtobufReader Message()
    {
        var bytes = Bytes();
        return new ProtobufReader(bytes, _file, _origin + _at - bytes.Length);
    }

    /// <summary>Passes over the current field.</summary>
    public void Skip()
    {
        switch (_wireType)
        {
            case 0: Varint(); break;
            case 1: Take(8); break;
            case 2: Take(Varint()); break;
            case 5: Take(4); break;
            default: throw Problem($"the wire type {_wireType} is unknown");
        }
    }

    /// <summary>An exception about the current place.</summary>
    public readonly ModelFormatException Problem(string problem) => new(_file, $"offset {_origin + _at}", problem);

    private readonly void Expect(int wireType)
    {
        if (_wireType != wireType) throw Problem($"field {Field} has the wire type {_wireType}, {wireType} was expected; is this a SentencePiece model?");
    }

    private ReadOnlySpan<byte> Take(ulong count)
    {
        if (count > (ulong)(_bytes.Length - _at)) throw Problem($"a field of {count} bytes was announced, {_bytes.Length - _at} are left");
        var taken = _bytes.Slice(_at, (int)count);
        _at += (int)count;
        return taken;
    }

    private ulong Varint()
    {
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            if (_at == _bytes.Length) throw Problem("the file ends within a number");
            var part = _bytes[_at++];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80) return value;
        }

        throw Problem("a number has more than 64 bits");
    }
}
