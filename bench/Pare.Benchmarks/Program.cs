using BenchmarkDotNet.Running;
using Pare.Benchmarks.Numerics;

if (args is ["gemm", .. var rest]) return GemmComparison.Run(rest);
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
