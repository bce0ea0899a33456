namespace Pare.TestSupport;

/// <summary>Finds the repository and the folder of models, texts and recorded figures that may lie beside it.</summary>
internal static class SharedFiles
{
    /// <summary>Root of the repository.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>The folder beside the repository (or PARE_SHARED), or null where it is absent.</summary>
    public static string? Root { get; } = FindShared();

    /// <summary>Path of a file beside the repository.</summary>
    public static string Path(params string[] parts) => System.IO.Path.Combine([Root ?? throw new InvalidOperationException("no shared folder"), .. parts]);

    /// <summary>Path of a file in the repository.</summary>
    public static string InRepository(params string[] parts) => System.IO.Path.Combine([Repository, .. parts]);

    private static string FindRepository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "Pare.slnx"))) return folder.FullName;
        }

        throw new InvalidOperationException("Pare.slnx was not found above " + AppContext.BaseDirectory);
    }

    private static string? FindShared()
    {
        var named = Environment.GetEnvironmentVariable("PARE_SHARED");
        var candidate = string.IsNullOrEmpty(named) ? System.IO.Path.Combine(Repository, "..", "shared") : named;
        return Directory.Exists(System.IO.Path.Combine(candidate, "reference")) ? System.IO.Path.GetFullPath(candidate) : null;
    }
}
