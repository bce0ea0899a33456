using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Pare.Compression;

/// <summary>The instructions that results may depend on in their last bits; part of a compressed model's fingerprint.</summary>
internal static class InstructionSet
{
    /// <summary>Architecture and the widest vector instructions in use, such as "X64 AVX2 FMA".</summary>
    public static string Describe()
    {
        var parts = new List<string> { RuntimeInformation.ProcessArchitecture.ToString() };
        if (Avx512F.IsSupported) parts.Add("AVX-512");
        else if (Avx2.IsSupported) parts.Add("AVX2");
        else if (AdvSimd.IsSupported) parts.Add("AdvSIMD");
        else if (!Vector128.IsHardwareAccelerated) parts.Add("scalar");
        if (Fma.IsSupported) parts.Add("FMA");
        return string.Join(' ', parts);
    }
}
