using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Pare.Evaluation;

/// <summary>Which machine and which build a figure was measured with.</summary>
public sealed record MachineIdentity
{
    /// <summary>The processor's name; null where the system does not tell.</summary>
    public string? Processor { get; init; }

    /// <summary>Vector instructions that the process may use, such as "AVX2 FMA" or "AVX-512"; "none" without any.</summary>
    public required string InstructionSet { get; init; }

    /// <summary>Logical processors.</summary>
    public required int Processors { get; init; }

    /// <summary>Threads that worked together.</summary>
    public required int Threads { get; init; }

    /// <summary>Operating system.</summary>
    public required string OperatingSystem { get; init; }

    /// <summary>.NET runtime.</summary>
    public required string Runtime { get; init; }

    /// <summary>Version of Pare.</summary>
    public required string ToolVersion { get; init; }

    /// <summary>Describes this machine.</summary>
    /// <param name="threads">Threads that work together.</param>
    /// <returns>The description.</returns>
    public static MachineIdentity Current(int threads) => new()
    {
        Processor = ProcessorName(),
        InstructionSet = Instructions(),
        Processors = Environment.ProcessorCount,
        Threads = threads,
        OperatingSystem = RuntimeInformation.OSDescription,
        Runtime = RuntimeInformation.FrameworkDescription,
        ToolVersion = typeof(MachineIdentity).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
            ?? typeof(MachineIdentity).Assembly.GetName().Version?.ToString() ?? "unknown",
    };

    internal static string Instructions()
    {
        var names = new List<string>();
        if (Avx512F.IsSupported) names.Add("AVX-512");
        if (AvxVnni.IsSupported) names.Add("AVX-VNNI");
        if (Avx2.IsSupported) names.Add("AVX2");
        if (Fma.IsSupported) names.Add("FMA");
        if (names.Count == 0 && Sse2.IsSupported) names.Add("SSE2");
        if (System.Runtime.Intrinsics.Arm.AdvSimd.IsSupported) names.Add("AdvSimd");
        if (System.Runtime.Intrinsics.Arm.Dp.IsSupported) names.Add("DotProd");
        return names.Count == 0 ? "none" : string.Join(' ', names);
    }

    private static string? ProcessorName()
    {
        const string Cpuinfo = "/proc/cpuinfo";
        if (File.Exists(Cpuinfo))
        {
            foreach (var line in File.ReadLines(Cpuinfo))
            {
                if (!line.StartsWith("model name", StringComparison.Ordinal)) continue;
                return line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
            }
        }

        var named = Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER");
        return string.IsNullOrEmpty(named) ? null : named;
    }
}
