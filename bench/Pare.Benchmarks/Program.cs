using BenchmarkDotNet.Running;
using Pare.Benchmarks.Comparison;
using Pare.Benchmarks.Evaluation;
using Pare.Benchmarks.Formats;
using Pare.Benchmarks.Models;
using Pare.Benchmarks.Numerics;
using Pare.Benchmarks.Training;

if (args is ["gemm", .. var rest]) return GemmComparison.Run(rest);
if (args is ["compare-llama", .. var compared]) return CompareLlama.Run(compared);
if (args is ["reference-check", .. var checks]) return ReferenceCheck.Run(checks);
if (args is ["write-random", .. var random]) return WriteRandomModel.Run(random);
if (args is ["training-step", .. var steps]) return TrainingSteps.Run(steps);
if (args is ["vectors"]) return VectorComparison.Run();
if (args is ["codec", .. var codec]) return CodecComparison.Run(codec);
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
