namespace Pare.Formats;

/// <summary>Everything of a GGUF file that stands before its tensors' bytes, read without trust.</summary>
internal sealed class GgufDirectory
{
    /// <summary>Alignment of tensors where the metadata does not say.</summary>
    public const int DefaultAlignment = 32;

    /// <summary>Most axes a tensor may have.</summary>
    public const int MaxRank = 4;

    /// <summary>Key under which the alignment stands.</summary>
    public const string AlignmentKey = "general.alignment";

    /// <summary>The first four bytes of every GGUF file.</summary>
    public static ReadOnlySpan<byte> Magic => "GGUF"u8;

    private const int LongestName = 65535;
    private const int LargestAlignment = 1 << 20;
    private readonly string _file;

    private GgufDirectory(string file)
    {
        _file = file;
        Metadata = new GgufMetadata(file, []);
    }

    public int Version { get; private set; }

    public int Alignment { get; private set; } = DefaultAlignment;

    public GgufMetadata Metadata { get; }

    /// <summary>First byte of the data section in the file.</summary>
    public long DataStart { get; private set; }

    /// <summary>The tensors by first byte; offsets count from <see cref="DataStart"/>.</summary>
    public List<TensorExtent> Tensors { get; } = [];

    /// <summary>Reads and checks a directory.</summary>
    /// <param name="bytes">The file.</param>
    /// <returns>The directory; all its tensors lie inside the file and apart from each other.</returns>
    /// <exception cref="ModelFormatException">The file is truncated, damaged, or of a version that Pare does not read.</exception>
    public static GgufDirectory Read(MappedBytes bytes)
    {
        var cursor = new GgufCursor(bytes);
        var directory = new GgufDirectory(bytes.Name);
        directory.ReadVersion(cursor);
        var tensorCount = cursor.Count(24, "number of tensors");
        var valueCount = cursor.Count(13, "number of metadata values");
        directory.ReadMetadata(cursor, valueCount);
        directory.ReadTensors(cursor, tensorCount);
        var alignment = directory.Alignment;
        directory.DataStart = (cursor.Position + alignment - 1) / alignment * alignment;
        directory.CheckTensors(bytes.Length - directory.DataStart);
        return directory;
    }

    private void ReadVersion(GgufCursor cursor)
    {
        var magic = cursor.Take(4, "GGUF magic");
        if (!magic.SequenceEqual(Magic))
        {
            var why = magic.SequenceEqual("FUGG"u8) ? "a big-endian GGUF file, which Pare does not read; convert the model again for little-endian machines"
                : magic.SequenceEqual("lmgg"u8) || magic.SequenceEqual("tjgg"u8) || magic.SequenceEqual("fmgg"u8) ? "a GGML file from before GGUF; convert the original weights again with a current converter"
                : "no GGUF file";
            throw new ModelFormatException(_file, "byte 0", $"the letters GGUF were expected, {Convert.ToHexString(magic)} was found: this is {why}");
        }

        var version = cursor.UInt32("GGUF version");
        Version = version switch
        {
            2 or 3 => (int)version,
            1 => throw new ModelFormatException(_file, "byte 4", "this is a GGUF file of version 1, and Pare reads versions 2 and 3; convert the original weights again with a current converter"),
            _ when version != 0 && (version & 0xFFFF) == 0 => throw new ModelFormatException(_file, "byte 4", "this is a big-endian GGUF file, which Pare does not read; convert the model again for little-endian machines"),
            _ => throw new ModelFormatException(_file, "byte 4", $"GGUF version 2 or 3 was expected, {version} was found; the file is damaged, or newer than this program"),
        };
    }

    private void ReadMetadata(GgufCursor cursor, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var at = cursor.Position;
            var key = cursor.Text("metadata key");
            if (key.Length is 0 or > LongestName) throw cursor.Fault(at, $"a metadata key of 1 to {LongestName} characters was expected, this one has {key.Length}");
            var value = GgufValueReader.Read(cursor, GgufMetadata.Place(key));
            if (!Metadata.TryAdd(key, value)) throw cursor.Fault(at, $"{GgufMetadata.Place(key)} occurs twice");
        }

        var alignment = Metadata.GetInt64(AlignmentKey, DefaultAlignment);
        if (alignment <= 0 || alignment > LargestAlignment || (alignment % 8 != 0 && !long.IsPow2(alignment)))
            throw new ModelFormatException(_file, GgufMetadata.Place(AlignmentKey), $"a multiple of 8 up to {LargestAlignment} was expected, {alignment} was found");
        Alignment = (int)alignment;
    }

    private void ReadTensors(GgufCursor cursor, int count)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
        {
            var at = cursor.Position;
            var name = cursor.Text("tensor name");
            if (name.Length is 0 or > LongestName) throw cursor.Fault(at, $"a tensor name of 1 to {LongestName} characters was expected, this one has {name.Length}");
            if (!names.Add(name)) throw cursor.Fault(at, $"{TensorExtent.Place(name)} occurs twice");
            Tensors.Add(ReadTensor(cursor, name));
        }
    }

    private TensorExtent ReadTensor(GgufCursor cursor, string name)
    {
        var place = TensorExtent.Place(name);
        var rank = cursor.UInt32(place);
        if (rank > MaxRank) throw new ModelFormatException(_file, place, $"it has {rank} axes; {MaxRank} are the most");
        var shape = new long[rank];
        for (var axis = (int)rank - 1; axis >= 0; axis--)
        {
            var size = cursor.UInt64(place);
            if (size > long.MaxValue) throw new ModelFormatException(_file, place, $"an axis of {size} elements is larger than any file");
            shape[axis] = (long)size;
        }

        var number = cursor.UInt32(place);
        if (!GgmlTypes.TryParse(number, out var type))
            throw new ModelFormatException(_file, place, $"its ggml type {GgmlTypes.Describe(number)} is none that Pare reads; quantize the model to another format, such as Q4_K or Q8_0");
        var offset = cursor.UInt64(place);
        if (offset > long.MaxValue || offset % (ulong)Alignment != 0)
            throw new ModelFormatException(_file, place, $"its offset {offset} is no multiple of the alignment {Alignment}");
        var bytes = TensorExtent.SizeOf(_file, name, type, shape);
        if (bytes > long.MaxValue - (long)offset) throw new ModelFormatException(_file, place, $"its data would end beyond any file: offset {offset}, {bytes} bytes");
        return new TensorExtent(name, type, shape, (long)offset, (long)offset + bytes);
    }

    /// <summary>Holds the tensors to the bytes that there are; a negative number where the file ends before its data section would begin.</summary>
    private void CheckTensors(long available)
    {
        foreach (var tensor in Tensors)
        {
            if (tensor.End > available)
                throw new ModelFormatException(_file, TensorExtent.Place(tensor.Name), $"its data ends at byte {tensor.End} of the data section, which has only {Math.Max(0, available)}; the file is truncated or damaged, so get it again");
        }

        Tensors.Sort(TensorExtent.ByOffset);
        TensorExtent.CheckDisjoint(_file, Tensors, covers: null);
    }
}
