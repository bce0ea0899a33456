namespace Pare.Runtime;

/// <summary>Inputs of a linear map: float numbers, and the same in int8 where a packed weight reads them.</summary>
/// <param name="values">[tokens, columns].</param>
/// <param name="quantized">The same quantized, or null.</param>
/// <param name="tokens">Tokens.</param>
internal readonly unsafe struct LinearInput(float* values, Int8Rows? quantized, int tokens)
{
    public float* Values => values;

    public Int8Rows? Quantized => quantized;

    public int Tokens => tokens;
}
