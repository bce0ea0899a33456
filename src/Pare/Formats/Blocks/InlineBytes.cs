using System.Runtime.CompilerServices;

namespace Pare.Formats.Blocks;

// Byte fields of the block structs. Each converts to a span of its bytes.

[InlineArray(4)]
internal struct Bytes4
{
    private byte _first;
}

[InlineArray(12)]
internal struct Bytes12
{
    private byte _first;
}

[InlineArray(16)]
internal struct Bytes16
{
    private byte _first;
}

[InlineArray(16)]
internal struct SBytes16
{
    private sbyte _first;
}

[InlineArray(32)]
internal struct Bytes32
{
    private byte _first;
}

[InlineArray(32)]
internal struct SBytes32
{
    private sbyte _first;
}

[InlineArray(64)]
internal struct Bytes64
{
    private byte _first;
}

[InlineArray(128)]
internal struct Bytes128
{
    private byte _first;
}
