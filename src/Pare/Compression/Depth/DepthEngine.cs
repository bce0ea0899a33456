using Pare.Models;
using Pare.Numerics;
using Pare.Training;

namespace Pare.Compression;

/// <summary>A model in float32 that runs as a whole or in slices, for measuring what it is without some of its parts.</summary>
internal sealed class DepthEngine : IDisposable
{
    // Above this, blocks stay in their file and are decoded as they are needed.
    private const long MostBytes = 4L << 30;

    /// <summary>Takes the model.</summary>
    /// <param name="model">The model; it has to stay open.</param>
    /// <param name="pool">How many threads work.</param>
    /// <param name="streams">Whether the blocks of a large model may stay in their file; their values can then not be changed.</param>
    public DepthEngine(Model model, ComputePool pool, bool streams)
    {
        Model = TrainableModel.From(model, new TrainableOptions { IsFrozen = true, StreamsBlocks = streams && model.Graph.ParameterCount * sizeof(float) > MostBytes });
        Engine = new GradientEngine(Model, new GradientOptions { Threads = pool.Threads });
    }

    /// <summary>The whole model.</summary>
    public TrainableModel Model { get; }

    /// <summary>Runs it.</summary>
    public GradientEngine Engine { get; }

    /// <summary>Bytes of memory that it takes.</summary>
    public static long Bytes(Model model) => Math.Min(MostBytes, model.Graph.ParameterCount * sizeof(float)) + new GradientOptions().ActivationBytes;

    public void Dispose()
    {
        Engine.Dispose();
        Model.Dispose();
    }
}
