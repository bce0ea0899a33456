using System.Numerics;

namespace Pare.Numerics;

/// <summary>A function of one number, for vectors and for processors without them.</summary>
internal interface IVectorFunction
{
    /// <summary>The function of every lane.</summary>
    static abstract Vector<float> Invoke(Vector<float> x);

    /// <summary>The function of one number.</summary>
    static abstract float Invoke(float x);
}
