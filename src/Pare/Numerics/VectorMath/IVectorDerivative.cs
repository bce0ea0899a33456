using System.Numerics;

namespace Pare.Numerics;

/// <summary>A function of one variable with its derivative, both at once.</summary>
internal interface IVectorDerivative
{
    /// <summary>f(x) and f′(x).</summary>
    static abstract Vector<float> Invoke(Vector<float> x, out Vector<float> derivative);

    /// <summary>f(x) and f′(x).</summary>
    static abstract float Invoke(float x, out float derivative);
}
