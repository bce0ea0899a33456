using System.Runtime.Intrinsics;

namespace Pare.Runtime;

/// <summary>E2M1 in halves: 0, 1, 2, 3, 4, 6, 8, 12, and the same below zero.</summary>
internal readonly struct Fp4Table : INibbleTable
{
    public static Vector128<byte> Numbers => Vector128.Create((byte)32, 33, 34, 35, 36, 38, 40, 44, 32, 31, 30, 29, 28, 26, 24, 20);

    public static float Step => 0.5f;
}
