namespace Pare.Models;

/// <summary>Hugging Face's names of activations.</summary>
internal static class Activations
{
    public static ActivationKind Parse(ConfigReader config, string key, ActivationKind otherwise) => config.Text(key) switch
    {
        null => otherwise,
        "silu" or "swish" => ActivationKind.Silu,
        "gelu" => ActivationKind.Gelu,
        "gelu_new" or "gelu_pytorch_tanh" or "gelu_fast" => ActivationKind.GeluTanh,
        "relu" => ActivationKind.Relu,
        var other => throw config.Problem(key, $"unknown activation '{other}'; Pare knows silu, gelu, gelu_new, gelu_pytorch_tanh, gelu_fast and relu"),
    };
}
