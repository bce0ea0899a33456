namespace Pare.Search;

/// <summary>A regression that has learnt from encoded candidates.</summary>
internal interface IPredictor
{
    /// <summary>Name with settings, for reports.</summary>
    string Name { get; }

    /// <summary>The predicted value of an encoded candidate.</summary>
    double Predict(double[] input);
}
