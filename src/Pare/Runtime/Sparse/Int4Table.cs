using System.Runtime.Intrinsics;

namespace Pare.Runtime;

/// <summary>−8 to 7 in two's complement.</summary>
internal readonly struct Int4Table : INibbleTable
{
    public static Vector128<byte> Numbers => Vector128.Create((byte)32, 33, 34, 35, 36, 37, 38, 39, 24, 25, 26, 27, 28, 29, 30, 31);

    public static float Step => 1;
}
