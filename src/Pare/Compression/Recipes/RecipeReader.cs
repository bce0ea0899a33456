namespace Pare.Compression;

/// <summary>Reads the steps of a recipe. A new method is a line here.</summary>
internal static class RecipeReader
{
    private static readonly Dictionary<string, Func<RecipeMap, PassOptions>> s_methods = new()
    {
        [RoundToNearestOptions.MethodName] = RoundToNearestOptions.Read,
        [ChannelScalingOptions.MethodName] = ChannelScalingOptions.Read,
        [SdqOptions.MethodName] = SdqOptions.Read,
        [MagnitudeOptions.MethodName] = MagnitudeOptions.Read,
        [WandaOptions.MethodName] = WandaOptions.Read,
        [SparseGptOptions.MethodName] = SparseGptOptions.Read,
        [GptqOptions.MethodName] = GptqOptions.Read,
        [AwqOptions.MethodName] = AwqOptions.Read,
        [FineQuantOptions.MethodName] = FineQuantOptions.Read,
        [SqueezeLlmOptions.MethodName] = SqueezeLlmOptions.Read,
        [SurgeonOptions.MethodName] = SurgeonOptions.Read,
        [NeuronOrderOptions.MethodName] = NeuronOrderOptions.Read,
        [ActivationSparsityOptions.MethodName] = ActivationSparsityOptions.Read,
        [BlockInfluenceOptions.MethodName] = BlockInfluenceOptions.Read,
        [LacoOptions.MethodName] = LacoOptions.Read,
        [SliceGptOptions.MethodName] = SliceGptOptions.Read,
        [MoDeGptOptions.MethodName] = MoDeGptOptions.Read,
        [FlapOptions.MethodName] = FlapOptions.Read,
    };

    public static Recipe Read(RecipeMap document, string baseFolder)
    {
        var seed = document.Integer("seed", 0);
        var calibration = document.Map("calibration") is { } map ? CalibrationReader.Read(map) : null;
        var steps = document.Maps("passes");
        document.RefuseOthers();
        return new Recipe { Seed = seed, Calibration = calibration, Passes = [.. steps.Select(ReadStep)], BaseFolder = baseFolder };
    }

    /// <summary>Reads one step.</summary>
    public static PassOptions ReadStep(RecipeMap step)
    {
        var method = step.RequiredText("method");
        if (!s_methods.TryGetValue(method, out var read))
            throw step.Problem("method", $"unknown method '{method}'; did you mean '{Nearest.Of(method, s_methods.Keys)}'? Known: {string.Join(", ", s_methods.Keys)}");
        var options = read(step);
        step.RefuseOthers();
        return options;
    }
}
