using Pare.Calibration;
using Pare.Models;
using Pare.Tests.Training.Definition;
using Pare.Training;

namespace Pare.Tests.Calibration.Curvature;

public sealed class CurvatureEstimatorTests
{
    private const int Length = 8;

    // Float32 sums of 40 terms.
    private const double Tolerance = 1e-5;

    [Theory]
    [InlineData("llama-tied-bias", "uneven")]
    [InlineData("gpt2", "uniform")]
    [InlineData("qwen3", "missing")]
    public void Second_moments_are_those_of_every_token(string name, string layers)
    {
        using var toy = new Toy(name, layers);
        using var factors = toy.Estimate(new CurvatureOptions { BatchTokens = 2 * Length });
        using var plain = toy.Estimate(new CurvatureOptions { Kind = CurvatureKind.Activations });
        foreach (var (site, tokens) in toy.Fisher.Tokens)
        {
            var (a, g) = (BruteForceFisher.Moments([.. tokens.Select(t => t.Input)]), BruteForceFisher.Moments([.. tokens.Select(t => t.Gradient)]));
            AssertClose(a, Input(plain, site));
            Assert.Equal(Identity(site.Rows), Output(plain, site));
            // Balanced: both of the norm √(‖A‖·‖G‖).
            var balance = Math.Sqrt(Norm(a) / Norm(g));
            AssertClose([.. a.Select(value => value / balance)], Input(factors, site));
            AssertClose([.. g.Select(value => value * balance)], Output(factors, site));
        }
    }

    [Theory]
    [InlineData("llama-tied-bias", 1)]
    [InlineData("gpt2", 3)]
    public void Kronecker_terms_are_the_largest_singular_vectors_of_the_rearranged_Fisher_matrix(string name, int terms)
    {
        using var toy = new Toy(name, "uniform");
        LinearSite[] sites = [.. toy.Model.Graph.Sites.Where(site => site.Layer == 1 && site.Role is ParameterRole.Value or ParameterRole.Up)];
        using var factors = toy.Estimate(new CurvatureOptions { Kind = CurvatureKind.NearestKronecker, Terms = terms, Iterations = 60 }, sites);
        foreach (var site in sites)
        {
            var rest = toy.Fisher.Rearranged(site);
            var start = Norm([.. rest.Cast<double>()]);
            for (var term = 0; term < terms; term++)
            {
                var (sigma, _, _) = Singular(rest);
                var (g, a) = (Output(factors, site, term), Input(factors, site, term));
                Assert.Equal(1, Norm(g) * Norm(a) / sigma, 1e-3);
                for (var p = 0; p < g.Length; p++)
                    for (var q = 0; q < a.Length; q++) rest[p, q] -= g[p] * a[q];
            }

            // What is left is what the best sum of so many products leaves (Eckart and Young).
            Assert.Equal(Best(toy.Fisher.Rearranged(site), terms), Norm([.. rest.Cast<double>()]), 1e-3 * start);
            Assert.True(Norm([.. rest.Cast<double>()]) < Norm([.. Independent(toy, site).Cast<double>()]));
        }
    }

    [Theory]
    [InlineData(CurvatureKind.Independent, 1)]
    [InlineData(CurvatureKind.NearestKronecker, 2)]
    public void Factors_in_a_file_are_those_in_memory(CurvatureKind kind, int terms)
    {
        using var toy = new Toy("llama-tied-bias", "uneven");
        using var memory = toy.Estimate(new CurvatureOptions { Kind = kind, Terms = terms, Iterations = 2 });
        var largest = 25 * 25 * sizeof(float);
        var (plan, all) = (Plan(largest + 5000), Plan(long.MaxValue));
        Assert.Equal((0, all.FactorBytes, all.FactorBytes), (all.DiskBytes, all.MemoryBytes, plan.FactorBytes));
        Assert.InRange(plan.MemoryBytes, largest, largest + 5000);
        Assert.Equal(plan.FactorBytes, plan.DiskBytes + plan.MemoryBytes - largest);
        using var disk = toy.Estimate(new CurvatureOptions { Kind = kind, Terms = terms, Iterations = 2, MemoryBytes = largest + 5000 });
        foreach (var site in toy.Model.Graph.Sites)
        {
            for (var term = 0; term < terms; term++)
            {
                Assert.Equal(Input(memory, site, term), Input(disk, site, term));
                Assert.Equal(Output(memory, site, term), Output(disk, site, term));
            }
        }

        CurvaturePlan Plan(long bytes) => CurvatureEstimator.Plan(toy.Model.Graph, new CurvatureOptions { Kind = kind, Terms = terms, Iterations = 2, MemoryBytes = bytes }, toy.Tokens.Length);
    }

    [Fact]
    public void A_budget_too_small_for_one_factor_says_what_is_needed()
    {
        using var toy = new Toy("llama", "uniform");
        var refused = Assert.Throws<CurvatureException>(() => toy.Estimate(new CurvatureOptions { MemoryBytes = 1000 }));
        Assert.Contains("24 × 24, needs 2304", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Drawn_labels_have_the_models_own_distribution()
    {
        using var toy = new Toy("llama", "uniform");
        var site = toy.Model.Graph.Sites[^1];
        // Expectation over the labels of one token's gradients, label by label: E[g·gᵀ] at the last block's last map, where tokens do not mix.
        var exact = new double[site.Rows * site.Rows];
        var vocabulary = toy.Model.Config.VocabularySize;
        var logits = new float[toy.Tokens.Length * vocabulary];
        toy.Engine.Logits(toy.Tokens, Length, logits);
        for (var label = 0; label < vocabulary; label++)
        {
            var seen = new BruteForceFisher();
            toy.Engine.Observer = seen;
            toy.Engine.Accumulate(toy.Tokens, [.. toy.Tokens.Select((_, i) => (i + 1) % Length == 0 ? -1 : label)], Length, 1);
            toy.Engine.Observer = null;
            for (var t = 0; t < toy.Tokens.Length; t++)
            {
                var row = logits.AsSpan(t * vocabulary, vocabulary).ToArray();
                var probability = Math.Exp(row[label]) / row.Sum(value => Math.Exp(value));
                var g = seen.Tokens[site][t].Gradient;
                for (var i = 0; i < exact.Length; i++) exact[i] += probability * g[i / site.Rows] * g[i % site.Rows] / toy.Tokens.Length;
            }
        }

        var mean = new double[exact.Length];
        const int Draws = 400;
        for (ulong seed = 0; seed < Draws; seed++)
        {
            using var factors = toy.Estimate(new CurvatureOptions { Kind = CurvatureKind.KFac, Seed = seed }, [site]);
            var g = Output(factors, site);
            for (var i = 0; i < mean.Length; i++) mean[i] += g[i] / Draws;
        }

        // 14,000 draws: the mean's relative error is some percent; gradients at the text's labels are off by tens of percent.
        Assert.InRange(DoubleGradients.Difference(mean, exact), 0, 0.05);
        Assert.True(DoubleGradients.Difference(BruteForceFisher.Moments([.. toy.Fisher.Tokens[site].Select(t => t.Gradient)]), exact) > 0.1);
    }

    [Fact]
    public void A_gradient_that_is_not_finite_is_named_with_its_window()
    {
        using var toy = new Toy("llama", "uniform");
        var site = toy.Model.Graph.Sites.Single(site => site.Layer == 1 && site.Role == ParameterRole.Gate);
        // Only token 3 meets the damage, and only window 2 has that token.
        var tokens = toy.Tokens.Select((token, i) => i / Length == 2 ? 3 : token == 3 ? 4 : token).ToArray();
        toy.Trainable.Values(new ParameterId(ParameterRole.TokenEmbedding)).Slice(3 * toy.Model.Config.HiddenSize, 5).Fill(float.NaN);
        var estimator = new CurvatureEstimator(toy.Engine, new CurvatureOptions { BatchTokens = Length }, [site]);
        var refused = Assert.Throws<CurvatureException>(() => estimator.Estimate(tokens, Length));
        Assert.Contains("window 2 ", refused.Message, StringComparison.Ordinal);
        Assert.Contains(site.Name, refused.Message, StringComparison.Ordinal);
        Assert.Null(toy.Engine.Observer);
    }

    private static double[,] Independent(Toy toy, LinearSite site)
    {
        var tokens = toy.Fisher.Tokens[site];
        var (a, g) = (BruteForceFisher.Moments([.. tokens.Select(t => t.Input)]), BruteForceFisher.Moments([.. tokens.Select(t => t.Gradient)]));
        var rest = toy.Fisher.Rearranged(site);
        for (var p = 0; p < g.Length; p++)
            for (var q = 0; q < a.Length; q++) rest[p, q] -= g[p] * a[q];
        return rest;
    }

    private static double Best(double[,] matrix, int terms)
    {
        for (var term = 0; term < terms; term++)
        {
            var (sigma, u, v) = Singular(matrix);
            for (var p = 0; p < u.Length; p++)
                for (var q = 0; q < v.Length; q++) matrix[p, q] -= sigma * u[p] * v[q];
        }

        return Norm([.. matrix.Cast<double>()]);
    }

    private static (double Sigma, double[] U, double[] V) Singular(double[,] matrix)
    {
        var v = new double[matrix.GetLength(1)];
        for (var q = 0; q < v.Length; q++) v[q] = Math.Sin(q + 1);
        var (sigma, u) = (0.0, Array.Empty<double>());
        for (var i = 0; i < 300; i++)
        {
            u = Normalized([.. Enumerable.Range(0, matrix.GetLength(0)).Select(p => Enumerable.Range(0, v.Length).Sum(q => matrix[p, q] * v[q]))]);
            v = [.. Enumerable.Range(0, v.Length).Select(q => Enumerable.Range(0, u.Length).Sum(p => matrix[p, q] * u[p]))];
            sigma = Norm(v);
            v = Normalized(v);
        }

        return (sigma, u, v);
    }

    private static double[] Normalized(double[] v)
    {
        var norm = Norm(v);
        return [.. v.Select(value => value / norm)];
    }

    private static double Norm(double[] values) => Math.Sqrt(values.Sum(value => value * value));

    private static double[] Identity(int n) => [.. Enumerable.Range(0, n * n).Select(i => i / n == i % n ? 1.0 : 0.0)];

    private static double[] Input(CurvatureFactors factors, LinearSite site, int term = 0)
    {
        var n = site.Columns + (site.HasBias ? 1 : 0);
        var result = new double[n * n];
        factors.ReadInput(site, term, result);
        return result;
    }

    private static double[] Output(CurvatureFactors factors, LinearSite site, int term = 0)
    {
        var result = new double[site.Rows * site.Rows];
        factors.ReadOutput(site, term, result);
        return result;
    }

    private static void AssertClose(double[] expected, double[] found) => Assert.InRange(DoubleGradients.Difference(found, expected), 0, Tolerance);

    private sealed class Toy : IDisposable
    {
        public Toy(string name, string layers)
        {
            Model = SmallModels.Create(name, layers);
            Trainable = TrainableModel.From(Model, new TrainableOptions { IsFrozen = true });
            Engine = new GradientEngine(Trainable, new GradientOptions { Threads = 2 });
            Tokens = [.. SmallModels.Tokens(Model, sequences: 5, Length).SelectMany(sequence => sequence)];
            Engine.Observer = Fisher;
            Engine.Accumulate(Tokens, [.. Tokens.Select((_, i) => (i + 1) % Length == 0 ? -1 : Tokens[i + 1])], Length, 1);
            Engine.Observer = null;
        }

        public Model Model { get; }

        public TrainableModel Trainable { get; }

        public GradientEngine Engine { get; }

        public int[] Tokens { get; }

        public BruteForceFisher Fisher { get; } = new();

        public CurvatureFactors Estimate(CurvatureOptions options, IReadOnlyList<LinearSite>? sites = null) => new CurvatureEstimator(Engine, options, sites).Estimate(Tokens, Length);

        public void Dispose()
        {
            Engine.Dispose();
            Trainable.Dispose();
            Model.Dispose();
        }
    }
}
