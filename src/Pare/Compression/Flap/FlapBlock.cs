namespace Pare.Compression;

/// <summary>What FLAP saw of a block.</summary>
/// <param name="GroupScores">Standardised fluctuation of each group of heads; empty where there is no attention.</param>
/// <param name="NeuronScores">Standardised fluctuation of each neuron; empty where there is no feed-forward network.</param>
/// <param name="ValueMeans">Mean of what the output projection reads.</param>
/// <param name="NeuronMeans">Mean of what the down projection reads.</param>
internal sealed record FlapBlock(double[] GroupScores, double[] NeuronScores, double[] ValueMeans, double[] NeuronMeans);
