using System.Globalization;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using System.Text;
using Pare.Formats;
using Pare.Formats.Sparse;
using Pare.Models;

namespace Pare.Runtime;

/// <summary>How the neurons of a model lie in a file of their own: bundles of 32 neurons, of each the columns of down, the rows of up and those of gate, packed as the kernels read them.</summary>
/// <remarks>32, because a block of down's columns has one scale. Every part takes <see cref="PartBytes"/> bytes, a multiple of what direct reads need; parts of a bundle follow each other, bundles and blocks too.</remarks>
internal sealed unsafe class NeuronLayout
{
    /// <summary>Neurons of a bundle.</summary>
    public const int BundleNeurons = 32;

    /// <summary>Bytes before the first bundle.</summary>
    public const int HeaderBytes = DirectOpen.Alignment;

    private const string Magic = "pare-neurons 1\n";
    private readonly int[] _first;
    private readonly int[] _layerOf;
    private readonly PackedMatrix?[,] _shapes;

    /// <summary>Lays a model's neurons out.</summary>
    /// <param name="model">A model whose feed-forward matrices lie in files.</param>
    /// <exception cref="ArgumentException">A matrix is in a format, or of a shape, that cannot be cut into bundles, or lies in no file.</exception>
    public NeuronLayout(Model model)
    {
        var layers = model.Config.Layers;
        PartsPerBundle = model.Config.GatedFfn ? 3 : 2;
        _first = new int[layers.Count + 1];
        _shapes = new PackedMatrix?[layers.Count, PartsPerBundle];
        long largest = 0;
        for (var layer = 0; layer < layers.Count; layer++)
        {
            _first[layer + 1] = checked(_first[layer] + layers[layer].FfnSize / BundleNeurons * PartsPerBundle);
            if (!layers[layer].HasFfn) continue;
            if (layers[layer].FfnSize % BundleNeurons != 0) throw new ArgumentException($"block {layer} has {layers[layer].FfnSize} neurons, no multiple of {BundleNeurons}: they cannot be kept on disk in bundles; run the model without a memory limit");
            for (var part = 0; part < PartsPerBundle; part++)
            {
                var matrix = _shapes[layer, part] = Empty(WeightOf(model, layer, (NeuronPart)part), (NeuronPart)part);
                largest = Math.Max(largest, matrix.ByteLength);
            }
        }

        _layerOf = [.. Enumerable.Range(0, layers.Count).SelectMany(layer => Enumerable.Repeat(layer, _first[layer + 1] - _first[layer]))];
        PartBytes = checked((int)((largest + DirectOpen.Alignment - 1) / DirectOpen.Alignment * DirectOpen.Alignment));
        Header = MakeHeader(model);
    }

    /// <summary>Parts of a bundle: three, or two where there is no gate.</summary>
    public int PartsPerBundle { get; }

    /// <summary>Bytes of a part in the file and in memory.</summary>
    public int PartBytes { get; }

    /// <summary>Blocks of the model.</summary>
    public int Layers => _first.Length - 1;

    /// <summary>Parts of all blocks.</summary>
    public int Units => _first[^1];

    /// <summary>Parts of the block that has most.</summary>
    public int MostUnits => Enumerable.Range(0, Layers).Max(layer => _first[layer + 1] - _first[layer]);

    /// <summary>Bytes of the file.</summary>
    public long FileBytes => HeaderBytes + (long)Units * PartBytes;

    /// <summary>First bytes of the file: which files its weights come from, and how they are laid out here.</summary>
    public byte[] Header { get; }

    /// <summary>Bundles of a block.</summary>
    public int Bundles(int layer) => (_first[layer + 1] - _first[layer]) / PartsPerBundle;

    /// <summary>Number of a part among all.</summary>
    public int Unit(int layer, int bundle, NeuronPart part) => _first[layer] + bundle * PartsPerBundle + (int)part;

    /// <summary>The block that a part belongs to.</summary>
    public int LayerOf(int unit) => _layerOf[unit];

    /// <summary>Where a part begins in the file.</summary>
    public long Offset(int unit) => HeaderBytes + (long)unit * PartBytes;

    /// <summary>A matrix of the shape of a block's parts, not filled: 32 rows, or 32 columns of down.</summary>
    public static PackedMatrix Empty(Weight whole, NeuronPart part)
    {
        var sub = Slice(whole, part, null, 0);
        var matrix = !whole.HasStoredRows || SparseFormat.IsSparse(whole.Type) ? null : part == NeuronPart.Down ? ColumnMatrix.For(sub) : PackedMatrix.For(sub);
        return matrix ?? throw new ArgumentException(part == NeuronPart.Down
            ? $"{whole.Parameter.Name} is stored as {whole.Type.Name()}, of which single columns cannot be read; a memory limit needs down projections in q8_0 or q4_0 (pare compress --method round-to-nearest --format q8_0)"
            : $"{whole.Parameter.Name} is stored as {whole.Type.Name()}, of which rows cannot be packed by themselves; a memory limit needs a block format such as q8_0 or q4_0 (pare compress --method round-to-nearest --format q8_0)");
    }

    /// <summary>The shape of a block's parts.</summary>
    public PackedMatrix Shape(int layer, NeuronPart part) => _shapes[layer, (int)part]!;

    /// <summary>The matrix that a part is of.</summary>
    public static Weight WeightOf(Model model, int layer, NeuronPart part) =>
        model.GetWeight(new ParameterId(part switch { NeuronPart.Down => ParameterRole.Down, NeuronPart.Up => ParameterRole.Up, _ => ParameterRole.Gate }, layer));

    /// <summary>A part of a matrix as a weight of its own, with its rows one after another in other memory.</summary>
    /// <param name="whole">The matrix.</param>
    /// <param name="part">What it is.</param>
    /// <param name="data">The rows; or null for the shape only.</param>
    /// <param name="bytes">Bytes of the rows.</param>
    public static Weight Slice(Weight whole, NeuronPart part, byte* data, long bytes)
    {
        var (rows, columns) = part == NeuronPart.Down ? (whole.Rows, BundleNeurons) : (BundleNeurons, whole.Columns);
        var parameter = whole.Parameter with { Rows = rows, Columns = columns };
        return new Weight(parameter, new StoredTensor(parameter.Name, whole.Type, [rows, columns], data, bytes, whole.Owner), default, transposed: false, offset: 0);
    }

    // Anything that changes the bytes stands here: another file, or a machine whose kernels want another order.
    private byte[] MakeHeader(Model model)
    {
        var text = new StringBuilder(Magic);
        var lanes = Vector512.IsHardwareAccelerated && Avx512BW.IsSupported ? 512 : Vector256.IsHardwareAccelerated && Avx2.IsSupported ? 256 : Vector128.IsHardwareAccelerated ? 128 : 32;
        text.Append(CultureInfo.InvariantCulture, $"lanes {lanes}\nparts {Units} of {PartBytes} bytes\n");
        var owners = model.Weights().Where(weight => weight.Parameter.Id.Role is ParameterRole.Gate or ParameterRole.Up or ParameterRole.Down).Select(weight => weight.Owner).Distinct();
        foreach (var owner in owners)
        {
            if (owner is not MappedBytes mapped || !File.Exists(mapped.Name)) throw new ArgumentException("a memory limit needs a model in files: what is read when it is needed has to lie somewhere");
            var file = new FileInfo(mapped.Name);
            text.Append(CultureInfo.InvariantCulture, $"{file.Name} {file.Length} {file.LastWriteTimeUtc.Ticks}\n");
        }

        var bytes = Encoding.UTF8.GetBytes(text.ToString());
        if (bytes.Length > HeaderBytes) bytes = Encoding.UTF8.GetBytes($"{Magic}{Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(bytes))}\n");
        var header = new byte[HeaderBytes];
        bytes.CopyTo(header, 0);
        return header;
    }
}
