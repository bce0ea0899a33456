using Pare.Models;
using Pare.Numerics;

namespace Pare.Training;

/// <summary>Output head and loss together: logits exist for some tokens at a time, never for a whole batch.</summary>
/// <remarks>Logits take at most <see cref="LogitBytes"/>. The loss is summed in double precision in the order of the tokens.</remarks>
internal sealed unsafe class HeadLoss(ModelConfig config, LinearParameters head, LinearParameters? projection, LayerWork work)
{
    /// <summary>Most bytes of logits at a time; as many again for a teacher's and for scratch copies where there is one.</summary>
    public const long LogitBytes = 32L << 20;

    private readonly int _capacity = Capacity(config);
    private double[] _losses = [];
    private double[] _distances = [];

    /// <summary>Most bytes of scratch memory with and without a teacher.</summary>
    public static long BytesFor(ModelConfig config, bool teacher) =>
        (1L + Copies(config, teacher)) * Capacity(config) * config.VocabularySize * sizeof(float);

    /// <summary>Loss over tokens and, where wanted, the gradients of the head and of what it reads.</summary>
    /// <param name="hidden">[n, hidden]: what the head reads.</param>
    /// <param name="targets">[n] tokens that came next; −1 where nothing is predicted.</param>
    /// <param name="options">The loss.</param>
    /// <param name="teacher">The teacher, which has run the batch, or null.</param>
    /// <param name="scale">Factor of the gradients: one over the number of predicted tokens of the step.</param>
    /// <param name="dHidden">[n, hidden] gradient, overwritten; null for the loss alone.</param>
    /// <returns>Sums over the predicted tokens.</returns>
    public LossSums Run(float* hidden, ReadOnlySpan<int> targets, LossOptions options, ITeacher? teacher, float scale, float* dHidden)
    {
        var sums = default(LossSums);
        for (var first = 0; first < targets.Length; first += _capacity)
        {
            var count = Math.Min(_capacity, targets.Length - first);
            sums += RunPart(hidden + (long)first * config.HiddenSize, targets.Slice(first, count), options, teacher, first, scale, dHidden == null ? null : dHidden + (long)first * config.HiddenSize);
        }

        return sums;
    }

    /// <summary>Logits of tokens.</summary>
    /// <param name="hidden">[n, hidden].</param>
    /// <param name="n">Tokens.</param>
    /// <param name="logits">[n, vocabulary].</param>
    public void Logits(float* hidden, int n, float* logits)
    {
        LinearLayer.Forward(work, head, Project(hidden, n), n, logits);
        var all = (long)n * config.VocabularySize;
        for (long i = 0; i < all; i += config.VocabularySize)
        {
            var row = new Span<float>(logits + i, config.VocabularySize);
            if (config.LogitMultiplier != 1) VectorMath.Scale(row, config.LogitMultiplier);
            if (config.FinalLogitSoftcap != 0) VectorMath.Softcap(row, config.FinalLogitSoftcap);
        }
    }

    private static int Capacity(ModelConfig config) => (int)Math.Clamp(LogitBytes / (4L * config.VocabularySize), 16, 4096);

    // The teacher's logits and the student's, and those before the slope of a cap is taken.
    private static int Copies(ModelConfig config, bool teacher) => (teacher ? 2 : 0) + (config.FinalLogitSoftcap == 0 ? 0 : 1);

    private float* Project(float* hidden, int n)
    {
        if (projection is null) return hidden;
        var projected = work.Floats(LayerWork.Projected, (long)n * projection.Rows);
        LinearLayer.Forward(work, projection, hidden, n, projected);
        return projected;
    }

    private LossSums RunPart(float* hidden, ReadOnlySpan<int> targets, LossOptions options, ITeacher? teacher, int first, float scale, float* dHidden)
    {
        var n = targets.Length;
        var vocabulary = config.VocabularySize;
        var distill = teacher is not null && options.DistillationWeight > 0;
        var input = Project(hidden, n);
        var logits = work.Floats(LayerWork.Logits, (long)n * vocabulary);
        LinearLayer.Forward(work, head, input, n, logits);
        var copies = work.Floats(LayerWork.LogitCopies, (long)Copies(config, distill) * n * vocabulary);
        if (distill) teacher!.Logits(first, n, copies);
        if (_losses.Length < n) (_losses, _distances) = (new double[n], new double[n]);
        fixed (int* of = targets)
        fixed (double* losses = _losses)
        fixed (double* distances = _distances)
        {
            work.Pool.For(n, new Rows(config, options, logits, copies, n, distill, of, scale, losses, distances));
        }

        var sums = default(LossSums);
        for (var i = 0; i < n; i++)
        {
            if (targets[i] < 0) continue;
            sums += new LossSums(1, _losses[i], distill ? _distances[i] : 0);
        }

        if (dHidden != null) Backward(hidden, input, n, logits, dHidden);
        return sums;
    }

    private void Backward(float* hidden, float* input, int n, float* dLogits, float* dHidden)
    {
        if (projection is null)
        {
            LinearLayer.Backward(work, head, input, dLogits, n, dHidden, accumulate: false);
            return;
        }

        var dInput = work.Floats(LayerWork.ProjectedGradient, (long)n * projection.Rows);
        LinearLayer.Backward(work, head, input, dLogits, n, dInput, accumulate: false);
        LinearLayer.Backward(work, projection, hidden, dInput, n, dHidden, accumulate: false);
    }

    // Turns the logits of a token into their gradients.
    private readonly struct Rows(
        ModelConfig config, LossOptions options, float* logits, float* copies, int n, bool distill, int* targets, float scale, double* losses, double* distances) : IParallelBody
    {
        public void Execute(int part, int worker)
        {
            var vocabulary = config.VocabularySize;
            var row = new Span<float>(logits + (long)part * vocabulary, vocabulary);
            var target = targets[part];
            if (target < 0)
            {
                row.Clear();
                return;
            }

            if (config.LogitMultiplier != 1) VectorMath.Scale(row, config.LogitMultiplier);
            var cap = config.FinalLogitSoftcap;
            var capped = cap == 0 ? default : Copy(distill ? 2 : 0, part, vocabulary);
            if (cap != 0)
            {
                VectorMath.Softcap(row, cap);
                row.CopyTo(capped);
            }

            if (distill)
            {
                var student = Copy(1, part, vocabulary);
                row.CopyTo(student);
                losses[part] = LossMath.CrossEntropy(student, target, scale * options.CrossEntropyWeight, row);
                distances[part] = LossMath.Distill(options.Distillation, options.Temperature, student, Copy(0, part, vocabulary), scale * options.DistillationWeight, row);
            }
            else
            {
                losses[part] = LossMath.CrossEntropy(row, target, scale * options.CrossEntropyWeight, row);
            }

            for (var i = 0; i < capped.Length; i++) row[i] *= 1 - capped[i] / cap * (capped[i] / cap);
            if (config.LogitMultiplier != 1) VectorMath.Scale(row, config.LogitMultiplier);
        }

        private Span<float> Copy(int index, int part, int vocabulary) => new(copies + ((long)index * n + part) * vocabulary, vocabulary);
    }
}
