using Pare.Formats;
using Pare.Models;
using Pare.Runtime;
using Pare.Tests.Training.Definition;
using Pare.Training;

namespace Pare.Tests.Training;

/// <summary>Distillation and low-rank adapters against the double-precision definition, and what observers of the sites see.</summary>
public sealed class TrainingLossTests
{
    public static TheoryData<string, DistillationKind, float> Distances
    {
        get
        {
            var data = new TheoryData<string, DistillationKind, float>();
            // Plain logits, capped ones, and ones with a factor.
            foreach (var name in (string[])["llama-tied-bias", "gemma2", "granite"])
            {
                foreach (var kind in Enum.GetValues<DistillationKind>())
                {
                    data.Add(name, kind, 1);
                    data.Add(name, kind, 2.5f);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Distances))]
    public void Distillation_has_the_loss_and_gradients_of_the_definition(string name, DistillationKind kind, float temperature)
    {
        using var model = SmallModels.Create(name);
        var tokens = SmallModels.Tokens(model);
        foreach (var (crossEntropy, distillation) in (ValueTuple<float, float>[])[(0, 1), (0.25f, 0.75f)])
        {
            var options = new LossOptions { CrossEntropyWeight = crossEntropy, DistillationWeight = distillation, Distillation = kind, Temperature = temperature };
            var teacher = new FixedTeacher(model.Config, 18);
            AssertDefinition(model, tokens, options, teacher, teacher.Values);
        }
    }

    // The head runs over at most 4096 tokens at a time.
    [Fact]
    public void Batches_of_thousands_of_tokens_have_the_loss_and_gradients_of_the_definition()
    {
        using var model = SmallModels.Create("opt-350m");
        var teacher = new FixedTeacher(model.Config, 4500);
        var options = new LossOptions { CrossEntropyWeight = 0.5f, DistillationWeight = 0.5f, Distillation = DistillationKind.ReverseKl };
        AssertDefinition(model, SmallModels.Tokens(model, sequences: 150, length: 30), options, teacher, teacher.Values);
    }

    [Fact]
    public void A_teacher_in_the_runtime_answers_for_the_tokens_of_the_batch()
    {
        using var model = SmallModels.Create("gemma2");
        using var other = SmallModels.Create("gpt2", seed: 2);
        using var engine = new InferenceEngine(other, new EngineOptions { Threads = 2, KvCacheType = ElementType.F32 });
        using var teacher = new EngineTeacher(engine);
        // Two batches of different lengths with the same teacher.
        foreach (var length in (int[])[9, 14])
        {
            var tokens = SmallModels.Tokens(model, sequences: 3, length);
            var logits = new DoubleModel(other.Config, DoubleGradients.ValuesOf(other)).Logits(new Tape(), tokens);
            AssertDefinition(model, tokens, new LossOptions { CrossEntropyWeight = 0.5f, DistillationWeight = 0.5f, Temperature = 2 }, teacher, logits.Value);
        }
    }

    [Theory]
    [InlineData("llama", "uniform")]
    [InlineData("gpt2", "missing")]
    [InlineData("gemma2", "uneven")]
    [InlineData("gpt-neox", "uniform")]
    [InlineData("phi3", "missing")]
    [InlineData("olmo2", "uneven")]
    public unsafe void Low_rank_adapters_have_the_gradients_of_the_definition(string name, string layers)
    {
        using var model = SmallModels.Create(name, layers);
        var tokens = SmallModels.Tokens(model);
        foreach (var streams in (bool[])[false, true])
        {
            using var trainable = TrainableModel.From(model, new TrainableOptions { Lora = new LoraOptions { Rank = 3, Alpha = 5 }, StreamsBlocks = streams });
            // B starts at 0, where A has no gradient yet.
            var random = new Pare.Numerics.SeededRandom(4);
            foreach (var tensor in trainable.Tensors)
                foreach (ref var value in new Span<float>(tensor.Values, (int)tensor.Count)) value = (float)(0.2 * random.NextGaussian());
            var adapters = model.Graph.Sites.ToDictionary(site => new ParameterId(site.Role, site.Layer), site => new DoubleAdapter(Copy(site.Name + ".lora_A"), Copy(site.Name + ".lora_B"), 5));
            var expected = DoubleGradients.Of(new DoubleModel(model.Config, DoubleGradients.ValuesOf(model), adapters), tokens, (tape, logits) => tape.CrossEntropy(logits, DoubleGradients.NextTokens(tokens)));
            using var engine = new GradientEngine(trainable, new GradientOptions { Threads = 2 });
            var found = FloatGradients.Of(engine, tokens);
            Assert.Equal(expected.Loss, found.Loss.MeanCrossEntropy, 1e-6 * expected.Loss);
            Assert.All(found.Parameters.Values, Assert.Empty);
            Assert.Equal(2 * adapters.Count, trainable.Tensors.Count);
            foreach (var site in model.Graph.Sites)
            {
                var adapter = adapters[new ParameterId(site.Role, site.Layer)];
                // 1e-5 is the most that was seen, without vector instructions; an adapter's gradient has one more product than a weight's.
                Assert.InRange(DoubleGradients.Difference(Gradient(site.Name + ".lora_A"), adapter.A.Gradient), 0, 3e-5);
                Assert.InRange(DoubleGradients.Difference(Gradient(site.Name + ".lora_B"), adapter.B.Gradient), 0, 3e-5);
            }

            // The merged weights are those of a model without adapters that computes the same.
            var merged = model.Graph.Parameters.ToDictionary(p => p.Id, p => Array.ConvertAll(trainable.Merged(p.Id), v => (double)v));
            var alone = new DoubleModel(model.Config, merged).Logits(new Tape(), tokens);
            Assert.InRange(DoubleGradients.Difference(alone.Value, expected.Logits), 0, 1e-6);

            TrainableTensor Find(string tensor) => trainable.Tensors.Single(t => t.Name == tensor);

            Var Copy(string tensor) => new(Find(tensor).Rows, Find(tensor).Columns, Array.ConvertAll(new Span<float>(Find(tensor).Values, (int)Find(tensor).Count).ToArray(), v => (double)v));

            double[] Gradient(string tensor) => Array.ConvertAll(new Span<float>(Find(tensor).Gradient, (int)Find(tensor).Count).ToArray(), v => (double)v);
        }
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("gemma3")]
    [InlineData("phi3")]
    public void Observers_see_inputs_and_output_gradients_whose_product_is_the_weights_gradient(string name)
    {
        using var model = SmallModels.Create(name);
        var tokens = SmallModels.Tokens(model);
        var expected = DoubleGradients.Of(new DoubleModel(model.Config, DoubleGradients.ValuesOf(model)), tokens, (tape, logits) => tape.CrossEntropy(logits, DoubleGradients.NextTokens(tokens)));
        // A frozen model in its file: the products are all that is known.
        using var trainable = TrainableModel.From(model, new TrainableOptions { IsFrozen = true, StreamsBlocks = true });
        using var engine = new GradientEngine(trainable, new GradientOptions { Threads = 2, ActivationBytes = 0 });
        var products = new Products();
        engine.Observer = products;
        FloatGradients.Of(engine, tokens);
        Assert.Equal(model.Graph.Sites.Count, products.Found.Count);
        foreach (var (id, product) in products.Found) Assert.InRange(DoubleGradients.Difference(product, expected.Parameters[id]), 0, 1e-5);
    }

    private static void AssertDefinition(Model model, int[][] tokens, LossOptions options, ITeacher teacher, double[] teacherLogits)
    {
        var expected = DoubleGradients.Of(new DoubleModel(model.Config, DoubleGradients.ValuesOf(model)), tokens, Loss);
        var found = FloatGradients.Of(model, tokens, new GradientOptions { Threads = 2 }, options, teacher);
        Assert.Equal(expected.Loss, found.Loss.Mean(options), 3e-6 * expected.Loss);
        DoubleGradients.AssertClose(model.Config, expected.Parameters.Keys, found.Of, id => expected.Parameters[id], 1e-5);

        Var Loss(Tape tape, Var logits)
        {
            var targets = DoubleGradients.NextTokens(tokens);
            bool[] counts = [.. targets.Select(target => target >= 0)];
            var distance = options.Distillation switch
            {
                DistillationKind.ForwardKl => tape.ForwardDivergence(logits, teacherLogits, options.Temperature, counts),
                DistillationKind.ReverseKl => tape.ReverseDivergence(logits, teacherLogits, options.Temperature, counts),
                DistillationKind.JensenShannon => tape.JensenShannonDivergence(logits, teacherLogits, options.Temperature, counts),
                DistillationKind.LogitMse => tape.LogitSquaredError(logits, teacherLogits, counts),
                _ => throw new InvalidOperationException($"no definition of {options.Distillation}"),
            };
            return tape.Add(tape.Scale(tape.CrossEntropy(logits, targets), options.CrossEntropyWeight), distance, options.DistillationWeight);
        }
    }

    private sealed class Products : ISiteObserver
    {
        public Dictionary<ParameterId, double[]> Found { get; } = [];

        public unsafe void Observe(in SiteGradients gradients)
        {
            var site = gradients.Site;
            var product = new double[site.Rows * site.Columns];
            for (var t = 0; t < gradients.Tokens; t++)
                for (var i = 0; i < product.Length; i++)
                    product[i] += (double)gradients.OutputGradient[t * site.Rows + i / site.Columns] * gradients.Input[t * site.Columns + i % site.Columns];
            Found.Add(new ParameterId(site.Role, site.Layer), product);
        }
    }
}
