namespace Pare.Numerics;

/// <summary>Work split into independent parts, executed by a <see cref="ComputePool"/>.</summary>
/// <remarks>Implemented by structs, so that a call allocates nothing. Parts own disjoint outputs; no part's result depends on how many threads there are.</remarks>
public interface IParallelBody
{
    /// <summary>Does one part of the work.</summary>
    /// <param name="part">Index of the part, from 0.</param>
    /// <param name="worker">Index of the worker that runs it, from 0 to <see cref="ComputePool.Threads"/> − 1: selects scratch memory.</param>
    void Execute(int part, int worker);
}
