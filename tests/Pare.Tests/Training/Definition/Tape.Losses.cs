namespace Pare.Tests.Training.Definition;

internal sealed partial class Tape
{
    /// <summary>Logarithm of the softmax of every row.</summary>
    public Var LogSoftmax(Var x)
    {
        var width = x.Columns;
        var y = (double[])x.Value.Clone();
        for (var t = 0; t < x.Rows; t++)
        {
            var row = y.AsSpan(t * width, width);
            double largest = double.NegativeInfinity, sum = 0;
            foreach (var value in row) largest = Math.Max(largest, value);
            foreach (var value in row) sum += Math.Exp(value - largest);
            foreach (ref var value in row) value -= largest + Math.Log(sum);
        }

        return Record(x.Rows, width, y, result =>
        {
            for (var t = 0; t < x.Rows; t++)
            {
                var total = 0.0;
                for (var i = 0; i < width; i++) total += result.Gradient[t * width + i];
                for (var i = t * width; i < (t + 1) * width; i++) x.Gradient[i] += result.Gradient[i] - Math.Exp(result.Value[i]) * total;
            }
        });
    }

    /// <summary>Mean of −log softmax(logits)[target] over the rows whose target is not −1.</summary>
    public Var CrossEntropy(Var logits, int[] targets)
    {
        var log = LogSoftmax(logits);
        var weights = new double[logits.Value.Length];
        var counted = targets.Count(target => target >= 0);
        for (var t = 0; t < targets.Length; t++)
            if (targets[t] >= 0) weights[t * logits.Columns + targets[t]] = -1.0 / counted;
        return Sum(Multiply(log, new Var(logits.Rows, logits.Columns, weights)));
    }

    /// <summary>T² · KL(teacher ‖ student), both softmaxes at temperature T, mean over the rows that count (Hinton et al. 2015, arXiv 1503.02531).</summary>
    public Var ForwardDivergence(Var student, double[] teacher, double temperature, bool[] counts)
    {
        var (q, p) = Logs(student, teacher, temperature);
        return Mean(Multiply(Exp(p), Add(p, q, -1)), counts, temperature * temperature);
    }

    /// <summary>T² · KL(student ‖ teacher) (Gu et al. 2023, arXiv 2306.08543).</summary>
    public Var ReverseDivergence(Var student, double[] teacher, double temperature, bool[] counts)
    {
        var (q, p) = Logs(student, teacher, temperature);
        return Mean(Multiply(Exp(q), Add(q, p, -1)), counts, temperature * temperature);
    }

    /// <summary>T² · (KL(teacher ‖ m) + KL(student ‖ m)) / 2 with m = (teacher + student) / 2.</summary>
    public Var JensenShannonDivergence(Var student, double[] teacher, double temperature, bool[] counts)
    {
        var (q, p) = Logs(student, teacher, temperature);
        var (eq, ep) = (Exp(q), Exp(p));
        var m = Map(Scale(Add(eq, ep), 0.5), Math.Log, v => 1 / v);
        var both = Add(Multiply(ep, Add(p, m, -1)), Multiply(eq, Add(q, m, -1)));
        return Mean(both, counts, temperature * temperature / 2);
    }

    /// <summary>Mean over rows that count and over the vocabulary of (student − teacher)².</summary>
    public Var LogitSquaredError(Var student, double[] teacher, bool[] counts)
    {
        var difference = Add(student, new Var(student.Rows, student.Columns, teacher), -1);
        return Mean(Multiply(difference, difference), counts, 1.0 / student.Columns);
    }

    private (Var Student, Var Teacher) Logs(Var student, double[] teacher, double temperature) =>
        (LogSoftmax(Scale(student, 1 / temperature)), LogSoftmax(Scale(new Var(student.Rows, student.Columns, teacher), 1 / temperature)));

    private Var Exp(Var x) => Map(x, Math.Exp, Math.Exp);

    // Mean over the rows that count of the sum of their elements, times a factor.
    private Var Mean(Var x, bool[] counts, double factor)
    {
        var weight = factor / counts.Count(counted => counted);
        double[] weights = [.. Enumerable.Range(0, x.Value.Length).Select(i => counts[i / x.Columns] ? weight : 0)];
        return Sum(Multiply(x, new Var(x.Rows, x.Columns, weights)));
    }
}
