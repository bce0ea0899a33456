using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;

namespace Pare.Search;

/// <summary>The SQLite file under a study.</summary>
internal static class StudyFile
{
    private const int BusySeconds = 60;

    /// <summary>Opens the file; writers wait for each other, and a commit is on disk when it returns.</summary>
    public static SqliteConnection Connect(string path, SqliteOpenMode mode)
    {
        if (Directory.Exists(path)) throw new StudyException($"the study {path} is a folder; give the name of a file");
        if (System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path)) is { } folder && mode == SqliteOpenMode.ReadWriteCreate) Directory.CreateDirectory(folder);
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false, DefaultTimeout = BusySeconds }.ToString());
        connection.Open();
        using var command = Command(connection, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");
        command.ExecuteNonQuery();
        return connection;
    }

    /// <summary>Makes the tables in an empty file; leaves others alone.</summary>
    public static void CreateTables(SqliteConnection connection, StudyDescription description)
    {
        using var transaction = connection.BeginTransaction(deferred: false);
        if (!HasTables(connection, transaction))
        {
            using var create = Command(connection,
                """
                CREATE TABLE study (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
                CREATE TABLE candidates (number INTEGER PRIMARY KEY AUTOINCREMENT, candidate TEXT NOT NULL UNIQUE, metrics TEXT NOT NULL, failure TEXT,
                    searcher TEXT NOT NULL, seed INTEGER NOT NULL, seconds REAL NOT NULL, finished TEXT NOT NULL);
                CREATE TABLE claims (candidate TEXT PRIMARY KEY, owner TEXT NOT NULL, host TEXT NOT NULL, process INTEGER NOT NULL, started INTEGER NOT NULL, seen INTEGER NOT NULL) WITHOUT ROWID;
                INSERT INTO study VALUES ('version', $version), ('description', $description);
                """,
                ("$version", Study.Version), ("$description", description.ToJson().ToJsonString()));
            create.Transaction = transaction;
            create.ExecuteNonQuery();
        }

        transaction.Commit();
    }

    /// <summary>Whether anything stands in the file.</summary>
    public static bool HasTables(SqliteConnection connection, SqliteTransaction? transaction)
    {
        using var count = Command(connection, "SELECT COUNT(*) FROM sqlite_master");
        count.Transaction = transaction;
        return (long)count.ExecuteScalar()! > 0;
    }

    /// <summary>What the file says it is of.</summary>
    public static JsonObject ReadDescription(string path, SqliteConnection connection)
    {
        var version = Value("version");
        if (version != Study.Version) throw new StudyException($"the study {path} has version {version ?? "(none)"} and this program reads version {Study.Version}; use the program that made it, or begin another study");
        return JsonNode.Parse(Value("description") ?? "null")?.AsObject() ?? throw new StudyException($"the study {path} does not say what it is of; it is damaged");

        string? Value(string key)
        {
            using var command = Command(connection, "SELECT value FROM study WHERE key = $k", ("$k", key));
            return command.ExecuteScalar() as string;
        }
    }

    /// <summary>Where two descriptions differ, in words; null where they do not.</summary>
    public static string? Difference(JsonNode? found, JsonNode? wanted, string place = "")
    {
        if (found is JsonObject a && wanted is JsonObject b)
        {
            return a.Select(pair => pair.Key).Union(b.Select(pair => pair.Key)).Select(key => Difference(a[key], b[key], place.Length == 0 ? key : $"{place}.{key}")).FirstOrDefault(text => text is not null);
        }

        if (JsonNode.DeepEquals(found, wanted)) return null;
        return found is JsonArray && wanted is JsonArray ? $"its {place} differs" : $"its {place} is {Text(found)}, here it is {Text(wanted)}";

        static string Text(JsonNode? node) => node is null ? "absent" : node.ToJsonString();
    }

    /// <summary>Runs something and turns what SQLite and damaged content throw into <see cref="StudyException"/>.</summary>
    public static T Guard<T>(string path, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (SqliteException e)
        {
            throw new StudyException($"the study {path} cannot be used ({e.Message.TrimEnd('.')}); it is no study, damaged, or not writable here", e);
        }
        catch (Exception e) when (e is JsonException or FormatException or NullReferenceException or InvalidOperationException or ArgumentException)
        {
            throw new StudyException($"the study {path} is damaged: {e.Message}", e);
        }
    }

    public static SqliteCommand Command(SqliteConnection connection, string text, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = text;
        foreach (var (name, value) in parameters) command.Parameters.AddWithValue(name, value);
        return command;
    }
}
