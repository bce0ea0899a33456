using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Pare.Formats;
using Pare.Runtime;

namespace Pare.Cli;

/// <summary>The kinds of options and arguments that commands share; ranges are checked while parsing, so that a wrong one is a misuse.</summary>
internal static class Arguments
{
    public static Argument<string> Model()
    {
        var argument = new Argument<string>("MODEL") { Description = "A model folder, or a .gguf file" };
        RefuseOptionNames(argument);
        return argument;
    }

    /// <summary>Keeps an argument from taking a misspelt option for its value.</summary>
    public static void RefuseOptionNames(Argument argument) => argument.Validators.Add(result =>
    {
        foreach (var token in result.Tokens)
            if (token.Value.StartsWith('-')) result.AddError($"{token.Value}: there is no such option");
    });

    public static Option<string> Output(string description) => new("--output", "-o") { Description = description, HelpName = "OUT", Required = true };

    public static Option<bool> Force() => new("--force") { Description = "Replace what has that name already" };

    public static Option<int> Threads() => Whole("--threads", "Threads that work together; 0 takes one per processor", 0, minimum: 0, maximum: 1024);

    public static Option<bool> Pin() => new("--pin-threads") { Description = "Bind each worker thread to a processor of its own (Linux); for a machine with nothing else to do" };

    public static Option<string> Activations(string usual = "int8")
    {
        var option = new Option<string>("--activations") { Description = "How inputs of matrices in block formats are multiplied: int8 (fast), float32 (exact), or matched (sparse formats: rounded as the weights are)", HelpName = "P", DefaultValueFactory = _ => usual };
        option.AcceptOnlyFromAmong("int8", "float32", "matched");
        return option;
    }

    public static Option<string> KvCache()
    {
        var option = new Option<string>("--kv-cache") { Description = "How keys and values are kept: f32, f16 or q8_0 (a quarter of f32)", HelpName = "F", DefaultValueFactory = _ => "f32" };
        option.AcceptOnlyFromAmong("f32", "f16", "q8_0");
        return option;
    }

    public static Option<bool> Predict() => new("--predict") { Description = "Only those neurons count that the model's predictors foresee (activation-sparsity); no longer exact" };

    /// <summary>Bytes as people write them: 200MB, 1.5GB, 300MiB, or a plain number.</summary>
    public static Option<long?> Memory()
    {
        var option = new Option<long?>("--memory") { Description = "Most memory for weights, such as 600MB: what is beyond stays on disk and is fetched as it is needed", HelpName = "SIZE" };
        option.CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            var digits = text.Length - text.Reverse().TakeWhile(char.IsAsciiLetter).Count();
            double? unit = text[digits..].ToUpperInvariant() switch
            {
                "" or "B" => 1,
                "KB" => 1e3,
                "MB" => 1e6,
                "GB" => 1e9,
                "KIB" => 1 << 10,
                "MIB" => 1 << 20,
                "GIB" => 1 << 30,
                _ => null,
            };
            if (unit is { } factor && double.TryParse(text[..digits].Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number * factor < 1e15) return (long)(number * factor);
            result.AddError($"--memory {text}: expected a size such as 600MB, 1.5GB or 512MiB");
            return null;
        };
        return option;
    }

    public static Option<string?> NeuronFile() => new("--neuron-file") { Description = "Where neurons lie bundled for --memory; written where it is missing [default: MODEL.neurons]", HelpName = "FILE" };

    /// <summary>How the engine runs, by the options of <see cref="Threads"/>, <see cref="Activations"/> and <see cref="KvCache"/>.</summary>
    public static EngineOptions Engine(int threads, string? activations, string? cache) => new()
    {
        Threads = threads,
        Activations = activations switch { "float32" => ActivationPrecision.Float32, "matched" => ActivationPrecision.Matched, _ => ActivationPrecision.Int8 },
        KvCacheType = ElementTypes.Parse(cache ?? "f32"),
    };

    public static Option<string?> Report() => new("--report") { Description = "Also write the figures, with plots, to this HTML page", HelpName = "FILE.html" };

    public static Option<bool> Plan() => new("--plan") { Description = "Show memory, disk and time that it would take; start nothing" };

    public static Option<int> Whole(string name, string description, int value, int minimum = 1, int maximum = int.MaxValue, params string[] aliases)
    {
        var option = new Option<int>(name, aliases) { Description = description, HelpName = "N", DefaultValueFactory = _ => value };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count != 1) return;
            var text = result.Tokens[0].Value;
            if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) || number < minimum || number > maximum)
                result.AddError($"{name} {text}: expected a whole number {Range(minimum, maximum)}");
        });
        return option;
    }

    public static Option<int?> OptionalWhole(string name, string description, int minimum = 1)
    {
        var option = new Option<int?>(name) { Description = description, HelpName = "N" };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count != 1) return;
            var text = result.Tokens[0].Value;
            if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) || number < minimum)
                result.AddError($"{name} {text}: expected a whole number {Range(minimum, int.MaxValue)}");
        });
        return option;
    }

    public static Option<float> Real(string name, string description, float value, float minimum, float maximum)
    {
        var option = new Option<float>(name)
        {
            Description = description,
            HelpName = "X",
            DefaultValueFactory = _ => value,
            CustomParser = result =>
            {
                var text = result.Tokens[0].Value;
                if (float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number >= minimum && number <= maximum) return number;
                var range = maximum == float.MaxValue ? $"of at least {minimum}" : $"from {minimum} to {maximum}";
                result.AddError($"{name} {text}: expected a number {range}");
                return value;
            },
        };
        return option;
    }

    public static Option<double> Number(string name, string description, double value, double minimum, double maximum = double.MaxValue)
    {
        var option = new Option<double>(name) { Description = description, HelpName = "X", DefaultValueFactory = _ => value };
        option.CustomParser = result => ParseNumber(result, name, minimum, maximum) ?? value;
        return option;
    }

    public static Option<double?> OptionalNumber(string name, string description, double minimum)
    {
        var option = new Option<double?>(name) { Description = description, HelpName = "X" };
        option.CustomParser = result => ParseNumber(result, name, minimum, double.MaxValue);
        return option;
    }

    private static double? ParseNumber(ArgumentResult result, string name, double minimum, double maximum)
    {
        var text = result.Tokens[0].Value;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number >= minimum && number <= maximum) return number;
        result.AddError($"{name} {text}: expected a number {(maximum == double.MaxValue ? $"of at least {minimum.ToString(CultureInfo.InvariantCulture)}" : FormattableString.Invariant($"from {minimum} to {maximum}"))}");
        return null;
    }

    private static string Range(int minimum, int maximum) => maximum == int.MaxValue ? $"of at least {minimum}" : $"from {minimum} to {maximum}";
}
