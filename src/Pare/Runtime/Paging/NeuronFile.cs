using Pare.Formats;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Runtime;

/// <summary>The file in which a model's neurons lie bundled; it is made from the model where it is missing or of another model or machine.</summary>
internal static unsafe class NeuronFile
{
    /// <summary>What is behind the model's name where nothing else is said.</summary>
    public const string Extension = ".neurons";

    /// <summary>Opens the file, and writes it before where that has to be.</summary>
    /// <param name="model">The model.</param>
    /// <param name="layout">Its layout.</param>
    /// <param name="path">The file; null takes the model's path with <see cref="Extension"/>.</param>
    /// <param name="pool">The threads.</param>
    /// <param name="direct">Whether reads past the page cache are tried.</param>
    /// <exception cref="ModelFormatException">A file of that name is something else, or is truncated; or a scale of the model is no finite number.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static UncachedFile Open(Model model, NeuronLayout layout, string? path, ComputePool pool, bool direct)
    {
        path ??= Path.TrimEndingDirectorySeparator(model.Path) + Extension;
        if (!IsOf(path, layout)) Write(model, layout, path, pool);
        var file = new UncachedFile(path, direct);
        if (file.Length == layout.FileBytes) return file;
        var problem = $"expected {layout.FileBytes} bytes, found {file.Length}: the file is truncated; delete it, and it is written anew at the next start";
        file.Dispose();
        throw new ModelFormatException(path, "", problem);
    }

    // Whether the file is there and its header says that it is of this model; a file that is no such file at all is not replaced.
    private static bool IsOf(string path, NeuronLayout layout)
    {
        if (Directory.Exists(path)) throw new ModelFormatException(path, "", "a file for bundled neurons was expected, but this is a folder; name another with --neuron-file");
        if (!File.Exists(path)) return false;
        var found = new byte[layout.Header.Length];
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        stream.ReadAtLeast(found, found.Length, throwOnEndOfStream: false);
        if (found.AsSpan().SequenceEqual(layout.Header)) return true;
        var magic = layout.Header.AsSpan(0, layout.Header.AsSpan().IndexOf((byte)'\n') + 1);
        if (!found.AsSpan().StartsWith(magic[..magic.IndexOf((byte)' ')]))
            throw new ModelFormatException(path, "byte 0", "this is no file of bundled neurons, and it is not overwritten; remove it or name another with --neuron-file");
        return false;
    }

    private static void Write(Model model, NeuronLayout layout, string path, ComputePool pool) => AtomicFile.Write(path, stream =>
    {
        stream.Write(layout.Header);
        using var packed = new NativeBuffer<byte>(layout.PartBytes);
        for (var layer = 0; layer < layout.Layers; layer++)
        {
            if (layout.Bundles(layer) == 0) continue;
            for (var bundle = 0; bundle < layout.Bundles(layer); bundle++)
            {
                for (var part = 0; part < layout.PartsPerBundle; part++)
                {
                    packed.Span.Clear();
                    Pack(NeuronLayout.WeightOf(model, layer, (NeuronPart)part), layout.Shape(layer, (NeuronPart)part), (NeuronPart)part, bundle, pool, packed.Pointer);
                    stream.Write(packed.Span);
                }
            }

            for (var part = 0; part < layout.PartsPerBundle; part++) NeuronLayout.WeightOf(model, layer, (NeuronPart)part).Forget();
        }
    });

    // Puts the rows, or the columns, of a bundle together and packs them.
    private static void Pack(Weight whole, PackedMatrix shape, NeuronPart part, int bundle, ComputePool pool, byte* target)
    {
        var rowBytes = whole.Type.RowBytes(part == NeuronPart.Down ? NeuronLayout.BundleNeurons : whole.Columns);
        var rows = part == NeuronPart.Down ? whole.Rows : NeuronLayout.BundleNeurons;
        using var gathered = new NativeBuffer<byte>(rowBytes * rows, zeroed: false);
        for (var row = 0; row < rows; row++)
        {
            var source = part == NeuronPart.Down ? whole.StoredRow(row) + bundle * rowBytes : whole.StoredRow(bundle * NeuronLayout.BundleNeurons + row);
            Buffer.MemoryCopy(source, gathered.Pointer + row * rowBytes, rowBytes, rowBytes);
        }

        if (!shape.Pack(pool, NeuronLayout.Slice(whole, part, gathered.Pointer, rowBytes * rows), target))
            throw new ModelFormatException((whole.Owner as MappedBytes)?.Name ?? "", whole.Parameter.Name, "a scale is no finite number; such a model runs without a memory limit only");
        GC.KeepAlive(whole.Owner);
    }
}
