using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Pare.Interop;

/// <summary>The functions of llama.h, ggml.h and ggml-backend.h that the interop tests and benchmarks call.</summary>
internal static unsafe partial class LlamaNative
{
    private const string Llama = "llama";
    private const string Ggml = "ggml";
    private const string Base = "ggml-base";

    [LibraryImport(Llama, EntryPoint = "llama_version")]
    public static partial nint Version();

    [LibraryImport(Llama, EntryPoint = "llama_print_system_info")]
    public static partial nint SystemInfo();

    [LibraryImport(Llama, EntryPoint = "llama_backend_init")]
    public static partial void InitializeBackend();

    [LibraryImport(Llama, EntryPoint = "llama_log_set")]
    public static partial void SetLog(delegate* unmanaged[Cdecl]<int, byte*, nint, void> callback, nint state);

    [LibraryImport(Llama, EntryPoint = "llama_model_default_params")]
    public static partial LlamaModelParams DefaultModelParams();

    [LibraryImport(Llama, EntryPoint = "llama_context_default_params")]
    public static partial LlamaContextParams DefaultContextParams();

    [LibraryImport(Llama, EntryPoint = "llama_model_quantize_default_params")]
    public static partial LlamaQuantizeParams DefaultQuantizeParams();

    [LibraryImport(Llama, EntryPoint = "llama_model_load_from_file", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint LoadModel(string path, LlamaModelParams parameters);

    [LibraryImport(Llama, EntryPoint = "llama_model_free")]
    public static partial void FreeModel(nint model);

    [LibraryImport(Llama, EntryPoint = "llama_model_quantize", StringMarshalling = StringMarshalling.Utf8)]
    public static partial uint Quantize(string source, string target, in LlamaQuantizeParams parameters);

    [LibraryImport(Llama, EntryPoint = "llama_model_get_vocab")]
    public static partial nint Vocabulary(nint model);

    [LibraryImport(Llama, EntryPoint = "llama_model_n_embd")]
    public static partial int HiddenSize(nint model);

    [LibraryImport(Llama, EntryPoint = "llama_model_n_layer")]
    public static partial int LayerCount(nint model);

    [LibraryImport(Llama, EntryPoint = "llama_model_size")]
    public static partial ulong ModelBytes(nint model);

    [LibraryImport(Llama, EntryPoint = "llama_model_n_params")]
    public static partial ulong ModelParameters(nint model);

    [LibraryImport(Llama, EntryPoint = "llama_model_meta_val_str", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int MetadataValue(nint model, string key, byte* buffer, nuint size);

    [LibraryImport(Llama, EntryPoint = "llama_vocab_n_tokens")]
    public static partial int VocabularySize(nint vocabulary);

    [LibraryImport(Llama, EntryPoint = "llama_vocab_bos")]
    public static partial int BeginToken(nint vocabulary);

    [LibraryImport(Llama, EntryPoint = "llama_vocab_eos")]
    public static partial int EndToken(nint vocabulary);

    [LibraryImport(Llama, EntryPoint = "llama_tokenize")]
    public static partial int Tokenize(nint vocabulary, byte* text, int length, int* tokens, int capacity, byte addSpecial, byte parseSpecial);

    [LibraryImport(Llama, EntryPoint = "llama_detokenize")]
    public static partial int Detokenize(nint vocabulary, int* tokens, int count, byte* text, int capacity, byte removeSpecial, byte unparseSpecial);

    [LibraryImport(Llama, EntryPoint = "llama_init_from_model")]
    public static partial nint CreateContext(nint model, LlamaContextParams parameters);

    [LibraryImport(Llama, EntryPoint = "llama_free")]
    public static partial void FreeContext(nint context);

    [LibraryImport(Llama, EntryPoint = "llama_get_memory")]
    public static partial nint Memory(nint context);

    [LibraryImport(Llama, EntryPoint = "llama_memory_clear")]
    public static partial void ClearMemory(nint memory, byte data);

    [LibraryImport(Llama, EntryPoint = "llama_memory_seq_rm")]
    public static partial byte RemoveFromMemory(nint memory, int sequence, int from, int to);

    [LibraryImport(Llama, EntryPoint = "llama_decode")]
    public static partial int Decode(nint context, LlamaBatch batch);

    [LibraryImport(Llama, EntryPoint = "llama_get_logits_ith")]
    public static partial float* LogitsAt(nint context, int index);

    [LibraryImport(Llama, EntryPoint = "llama_synchronize")]
    public static partial void Synchronize(nint context);

    [LibraryImport(Llama, EntryPoint = "llama_attach_threadpool")]
    public static partial void AttachThreadPool(nint context, nint pool, nint batchPool);

    [LibraryImport(Llama, EntryPoint = "llama_detach_threadpool")]
    public static partial void DetachThreadPool(nint context);

    [LibraryImport(Llama, EntryPoint = "llama_perf_context")]
    public static partial LlamaPerformance Performance(nint context);

    [LibraryImport(Llama, EntryPoint = "llama_perf_context_reset")]
    public static partial void ResetPerformance(nint context);

    [LibraryImport(Ggml, EntryPoint = "ggml_backend_load_all_from_path", StringMarshalling = StringMarshalling.Utf8)]
    public static partial void LoadBackendsFrom(string folder);

    [LibraryImport(Ggml, EntryPoint = "ggml_backend_load", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint LoadBackend(string file);

    [LibraryImport(Base, EntryPoint = "ggml_threadpool_params_default")]
    public static partial GgmlThreadPoolParams DefaultThreadPoolParams(int threads);

    [LibraryImport(Base, EntryPoint = "ggml_quantize_chunk")]
    public static partial nuint QuantizeChunk(GgmlType type, float* source, byte* target, long start, long rows, long columns, float* importance);

    [LibraryImport(Base, EntryPoint = "ggml_get_type_traits")]
    public static partial GgmlTypeTraits* TypeTraits(GgmlType type);

    [LibraryImport(Base, EntryPoint = "ggml_row_size")]
    public static partial nuint RowBytes(GgmlType type, long columns);

    [LibraryImport(Base, EntryPoint = "ggml_quantize_requires_imatrix")]
    public static partial byte NeedsImportance(GgmlType type);
}
