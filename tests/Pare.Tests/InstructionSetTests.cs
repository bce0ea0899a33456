using System.Runtime.Intrinsics;

namespace Pare.Tests;

/// <summary>The suite runs again with instructions switched off; this shows that the switch had its effect.</summary>
public sealed class InstructionSetTests
{
    [Fact]
    public void The_run_uses_the_instructions_that_it_says()
    {
        switch (Environment.GetEnvironmentVariable("PARE_EXPECT_ISA"))
        {
            case "avx2":
                Assert.False(Vector512.IsHardwareAccelerated);
                break;
            case "sse":
                Assert.False(Vector256.IsHardwareAccelerated);
                break;
            case "scalar":
                Assert.False(Vector128.IsHardwareAccelerated);
                break;
            case null or "":
                break;
            case var other:
                Assert.Fail($"PARE_EXPECT_ISA is '{other}'; expected avx2, sse or scalar");
                break;
        }
    }
}
