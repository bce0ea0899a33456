namespace Pare.Runtime;

/// <summary>Checks of scales as they are packed: kernels take finite ones for granted.</summary>
internal static unsafe class PackedScales
{
    /// <summary>Whether an F16 is neither infinite nor no number.</summary>
    public static bool IsFinite(byte* half) => (*(ushort*)half & 0x7C00) != 0x7C00;
}
