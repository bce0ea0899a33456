using Pare.Formats;
using Pare.Formats.Numbers;
using Pare.Models;
using Pare.Numerics;

namespace Pare.Compression;

/// <summary>Rounds weights column by column and lets the columns not yet reached make up for it.</summary>
internal sealed unsafe class GptqPass(GptqOptions options, ModelGraph graph, string path)
    : CompensatedPass(graph, options.Sites, Checked(options, path).Format ?? options.StoredAs, options.Damping, options.ActOrder, path)
{
    public override string Method => GptqOptions.MethodName;

    protected override void Choose(LinearSite site, float* weights, InverseFactor factor, BlockEdit block, ComputePool pool)
    {
        if (options.Format is { } format)
        {
            var type = WeightCodec.Fallback(format, site.Columns);
            // A row that blocks do not divide may be stored in a format of single values, which has no errors worth spreading.
            if (!BlockGrid.Has(type)) return;
            var bytes = new byte[checked((int)(type.RowBytes(site.Columns) * site.Rows))];
            fixed (byte* rows = bytes)
                ErrorSweep.Apply(pool, weights, site.Rows, site.Columns, factor.Values, new BlockRule(type, rows, site.Columns));
            block.StoreEncoded(site.Weight, type, bytes);
            return;
        }

        using var grids = new NativeBuffer<AsymmetricGrid>(site.Rows);
        var group = options.Group == 0 ? site.Columns : options.Group;
        ErrorSweep.Apply(pool, weights, site.Rows, site.Columns, factor.Values, new MinMaxRule(grids.Pointer, site.Columns, group, options.Bits!.Value));
    }

    private static GptqOptions Checked(GptqOptions options, string path)
    {
        options.Check((key, text) => new RecipeException($"{path}.{key}", text));
        return options;
    }
}
