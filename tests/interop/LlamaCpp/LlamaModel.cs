using System.Text;

namespace Pare.Interop;

/// <summary>A GGUF file opened by llama.cpp on the CPU.</summary>
internal sealed unsafe class LlamaModel : IDisposable
{
    private const int LoadWhole = 0;
    private const int LoadMapped = 1;

    private readonly nint _vocabulary;

    private LlamaModel(nint handle)
    {
        Handle = handle;
        _vocabulary = LlamaNative.Vocabulary(handle);
    }

    /// <summary>Tokens of the vocabulary, which is the width of the logits.</summary>
    public int VocabularySize => LlamaNative.VocabularySize(_vocabulary);

    /// <summary>Width of the residual stream.</summary>
    public int HiddenSize => LlamaNative.HiddenSize(Handle);

    /// <summary>Number of blocks.</summary>
    public int LayerCount => LlamaNative.LayerCount(Handle);

    /// <summary>Bytes of all weights.</summary>
    public long WeightBytes => checked((long)LlamaNative.ModelBytes(Handle));

    /// <summary>Number of parameters.</summary>
    public long ParameterCount => checked((long)LlamaNative.ModelParameters(Handle));

    /// <summary>The begin-of-text token, −1 where there is none.</summary>
    public int BeginToken => LlamaNative.BeginToken(_vocabulary);

    /// <summary>The end-of-text token, −1 where there is none.</summary>
    public int EndToken => LlamaNative.EndToken(_vocabulary);

    internal nint Handle { get; private set; }

    /// <summary>Opens a file. Load <see cref="LlamaLibrary"/> first.</summary>
    /// <param name="path">A GGUF file.</param>
    /// <param name="mapped">Map the file instead of reading it.</param>
    /// <param name="repack">Let the CPU backend rearrange weights for its kernels, its default.</param>
    /// <param name="vocabularyOnly">Load no weights; only the tokenizer works.</param>
    /// <exception cref="LlamaException">llama.cpp refused the file.</exception>
    public static LlamaModel Open(string path, bool mapped = true, bool repack = true, bool vocabularyOnly = false)
    {
        var parameters = LlamaNative.DefaultModelParams();
        parameters.GpuLayers = 0;
        parameters.LoadMode = mapped ? LoadMapped : LoadWhole;
        parameters.CheckTensors = 1;
        parameters.UseExtraBufferTypes = repack ? (byte)1 : (byte)0;
        parameters.VocabularyOnly = vocabularyOnly ? (byte)1 : (byte)0;
        LlamaLog.Clear();
        var handle = LlamaNative.LoadModel(path, parameters);
        return handle == 0 ? throw LlamaException.WithLog($"llama.cpp does not load {path}:") : new LlamaModel(handle);
    }

    /// <summary>A context to decode in.</summary>
    public LlamaContext CreateContext(LlamaContextOptions options) => new(this, options);

    /// <summary>A metadata value as text, null where the file has no such key or the value is an array.</summary>
    public string? Metadata(string key)
    {
        var needed = LlamaNative.MetadataValue(Handle, key, null, 0);
        if (needed < 0) return null;
        var buffer = new byte[needed + 1];
        fixed (byte* target = buffer)
        {
            LlamaNative.MetadataValue(Handle, key, target, (nuint)buffer.Length);
        }

        return Encoding.UTF8.GetString(buffer, 0, needed);
    }

    /// <summary>Token ids of a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="addSpecial">Add begin and end tokens as the model's metadata says.</param>
    /// <param name="parseSpecial">Read names of special tokens in the text as those tokens.</param>
    public int[] Tokenize(string text, bool addSpecial, bool parseSpecial)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var tokens = new int[bytes.Length + 8];
        fixed (byte* source = bytes)
        fixed (int* target = tokens)
        {
            var count = LlamaNative.Tokenize(_vocabulary, source, bytes.Length, target, tokens.Length, Flag(addSpecial), Flag(parseSpecial));
            return count >= 0 ? tokens[..count] : throw LlamaException.WithLog($"llama.cpp needs {-count} tokens for a text of {bytes.Length} bytes");
        }
    }

    /// <summary>The text of token ids.</summary>
    /// <param name="tokens">Token ids.</param>
    /// <param name="unparseSpecial">Write special tokens by their names instead of leaving them out.</param>
    public string Detokenize(ReadOnlySpan<int> tokens, bool unparseSpecial)
    {
        var capacity = 16 + tokens.Length * 8;
        while (true)
        {
            var bytes = new byte[capacity];
            int length;
            fixed (int* source = tokens)
            fixed (byte* target = bytes)
            {
                length = LlamaNative.Detokenize(_vocabulary, source, tokens.Length, target, bytes.Length, 0, Flag(unparseSpecial));
            }

            if (length >= 0) return Encoding.UTF8.GetString(bytes, 0, length);
            capacity = -length;
        }
    }

    /// <summary>Quantizes a file as <c>llama-quantize</c> does.</summary>
    /// <param name="source">A GGUF file.</param>
    /// <param name="target">The file to write.</param>
    /// <param name="fileType">The mix.</param>
    /// <param name="pure">Every matrix in the mix's own type, without the usual exceptions.</param>
    /// <param name="threads">Threads.</param>
    /// <exception cref="LlamaException">llama.cpp refused.</exception>
    public static void Quantize(string source, string target, LlamaFileType fileType, bool pure = false, int threads = 2)
    {
        var parameters = LlamaNative.DefaultQuantizeParams();
        parameters.FileType = fileType;
        parameters.Pure = Flag(pure);
        parameters.AllowRequantize = 1;
        parameters.Threads = threads;
        LlamaLog.Clear();
        if (LlamaNative.Quantize(source, target, parameters) != 0) throw LlamaException.WithLog($"llama.cpp does not quantize {source} to {fileType}:");
    }

    public void Dispose()
    {
        if (Handle != 0) LlamaNative.FreeModel(Handle);
        Handle = 0;
    }

    private static byte Flag(bool value) => value ? (byte)1 : (byte)0;
}
