using System.Buffers.Binary;
using Pare.Formats;

namespace Pare.Evaluation;

/// <summary>Reads token ids from an integer tensor.</summary>
internal static unsafe class TokenTensor
{
    /// <summary>The first ids of a tensor.</summary>
    /// <exception cref="ModelFormatException">The type is no integer, or an id is negative or above 2³¹ − 1.</exception>
    public static int[] Read(string path, StoredTensor tensor, int count)
    {
        var size = tensor.Type.BlockBytes();
        var bytes = new ReadOnlySpan<byte>(tensor.Data, checked(count * size));
        var tokens = new int[count];
        for (var i = 0; i < count; i++)
        {
            var at = bytes.Slice(i * size, size);
            var id = tensor.Type switch
            {
                ElementType.I64 => BinaryPrimitives.ReadInt64LittleEndian(at),
                ElementType.U64 => BinaryPrimitives.ReadInt64LittleEndian(at),
                ElementType.I32 => BinaryPrimitives.ReadInt32LittleEndian(at),
                ElementType.U32 => BinaryPrimitives.ReadUInt32LittleEndian(at),
                ElementType.I16 => BinaryPrimitives.ReadInt16LittleEndian(at),
                ElementType.U16 => BinaryPrimitives.ReadUInt16LittleEndian(at),
                ElementType.I8 => (sbyte)at[0],
                ElementType.U8 => at[0],
                _ => throw new ModelFormatException(path, tensor.Name, $"holds {tensor.Type} numbers; token ids are integers"),
            };
            if (id is < 0 or > int.MaxValue) throw new ModelFormatException(path, $"{tensor.Name}[{i}]", $"is {id}, which is no token id");
            tokens[i] = (int)id;
        }

        return tokens;
    }
}
