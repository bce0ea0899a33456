using System.Runtime.CompilerServices;

namespace Pare.Runtime;

/// <summary>A block's F16 scale.</summary>
internal static unsafe class HalfScale
{
    /// <summary>Table of all F16 values: one load instead of a conversion without hardware support.</summary>
    private static readonly float* Values = Create();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Read(byte* bits) => Values[Unsafe.ReadUnaligned<ushort>(bits)];

    private static float* Create()
    {
        var values = (float*)System.Runtime.InteropServices.NativeMemory.AlignedAlloc(65536 * sizeof(float), 64);
        for (var i = 0; i < 65536; i++) values[i] = (float)BitConverter.UInt16BitsToHalf((ushort)i);
        return values;
    }
}
