namespace Pare.Search;

/// <summary>Whether a candidate is worse than another over all windows, from the windows seen so far: paired differences against Student's law.</summary>
/// <remarks>
/// Windows are taken in random order. After w of N of them the mean of the differences is set against its standard error, s / √w · √(1 − w / N): the N windows are all there are.
/// It is looked at after 4, 8, 16, … windows, and the error rate is divided by the number of looks, so that a candidate that is not worse over all windows is called worse at no higher rate.
/// The law holds where differences of windows are near a normal one, as means over hundreds of tokens are; the first look, which leans on that most, has a tenth of its share of the rate, for the clearest cases.
/// </remarks>
/// <param name="errorRate">Rate at which candidates may wrongly be called worse, above 0 and below ½.</param>
/// <param name="windows">N.</param>
internal sealed class PairedTest(double errorRate, int windows)
{
    private const int FirstLook = 4;
    private const double FirstShare = 0.1;

    private readonly int _looks = Enumerable.Range(0, 30).Count(power => FirstLook << power is var look && look > 0 && look < windows);

    /// <summary>Whether it is worse.</summary>
    /// <param name="differences">Losses of the candidate less those of the other, of the windows seen so far.</param>
    public bool IsWorse(ReadOnlySpan<double> differences)
    {
        var count = differences.Length;
        if (count < FirstLook || count >= windows || !int.IsPow2(count)) return false;
        double mean = 0, squares = 0;
        foreach (var difference in differences) mean += difference / count;
        foreach (var difference in differences) squares += (difference - mean) * (difference - mean);
        var error = Math.Sqrt(squares / (count - 1) / count * (1 - (double)count / windows));
        return mean > error * StudentLaw.Quantile(1 - errorRate / _looks * (count == FirstLook ? FirstShare : 1), count - 1) && mean > 0;
    }
}
