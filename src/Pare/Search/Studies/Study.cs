using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;

namespace Pare.Search;

/// <summary>A SQLite file in which every evaluated candidate is a row. Several processes may work on one study; a killed one loses at most what it had in flight.</summary>
/// <remarks>
/// Tables: <c>study</c> (key, value: version and description), <c>candidates</c> (one row an evaluated candidate, by its canonical text), <c>claims</c> (candidates in flight, by process).
/// A claim ends with its process, or after <see cref="ClaimLifetime"/> without a sign of life where the process is on another machine. Not for concurrent use; each thread opens its own.
/// </remarks>
public sealed class Study : IDisposable
{
    /// <summary>Version of the file's layout.</summary>
    internal const string Version = "1";

    private readonly SqliteConnection _connection;
    private readonly StudyClaims _claims;

    private Study(string path, SqliteConnection connection, StudyDescription description)
    {
        (Path, _connection, Description) = (path, connection, description);
        _claims = new StudyClaims(connection);
    }

    /// <summary>How long a claim of another machine lasts without a sign of life.</summary>
    public static TimeSpan ClaimLifetime { get; } = TimeSpan.FromMinutes(10);

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>What the study is of.</summary>
    public StudyDescription Description { get; }

    /// <summary>Number of evaluated candidates.</summary>
    public long Count => Convert.ToInt64(Command("SELECT COUNT(*) FROM candidates").ExecuteScalar(), CultureInfo.InvariantCulture);

    /// <summary>Opens a study to work on, or begins it where there is no such file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="description">What the study is to be of.</param>
    /// <returns>The study.</returns>
    /// <exception cref="StudyException">The file is no study, of another version, or of something else; the message says what differs.</exception>
    public static Study Open(string path, StudyDescription description)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(description);
        return StudyFile.Guard(path, () =>
        {
            var connection = StudyFile.Connect(path, SqliteOpenMode.ReadWriteCreate);
            try
            {
                StudyFile.CreateTables(connection, description);
                var found = StudyFile.ReadDescription(path, connection);
                if (StudyFile.Difference(found, description.ToJson()) is { } difference)
                    throw new StudyException($"the study {path} is of something else: {difference}; give another file, or the model, texts and space that it was begun with");
                return new Study(path, connection, description);
            }
            catch
            {
                connection.Dispose();
                throw;
            }
        });
    }

    /// <summary>Opens a study that exists, to read it.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The study.</returns>
    /// <exception cref="StudyException">There is no such file, it was not begun, or it is no study of this version.</exception>
    public static Study Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return OpenIfBegun(path) ?? throw new StudyException(File.Exists(path)
            ? $"study {path} was not begun: its maker ended before it said what it is of; begin it with 'pare search'"
            : $"there is no study {path}; begin one with 'pare search'");
    }

    /// <summary>Opens a study to read it, if it was begun: a process that ends between making the file and its tables leaves one that says nothing.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The study; null where there is no file, or one without tables.</returns>
    /// <exception cref="StudyException">The file is no study of this version.</exception>
    public static Study? OpenIfBegun(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path)) return null;
        return StudyFile.Guard(path, () =>
        {
            var connection = StudyFile.Connect(path, SqliteOpenMode.ReadWrite);
            try
            {
                if (StudyFile.HasTables(connection, null)) return new Study(path, connection, StudyDescription.FromJson(StudyFile.ReadDescription(path, connection)));
                connection.Dispose();
                return null;
            }
            catch
            {
                connection.Dispose();
                throw;
            }
        });
    }

    /// <summary>The row of a candidate, or null where it was not evaluated.</summary>
    /// <param name="candidate">The candidate.</param>
    /// <returns>The row, or null.</returns>
    public StudyEntry? Find(Candidate candidate)
    {
        using var command = Command("SELECT number, candidate, metrics, failure, searcher, seed, seconds, finished FROM candidates WHERE candidate = $c", ("$c", Description.Space.Format(candidate)));
        using var reader = command.ExecuteReader();
        return reader.Read() ? Read(reader) : null;
    }

    /// <summary>All rows, in the order in which they were stored.</summary>
    /// <returns>The rows.</returns>
    /// <exception cref="StudyException">A row is damaged.</exception>
    public IReadOnlyList<StudyEntry> Entries() => StudyFile.Guard(Path, () =>
    {
        using var command = Command("SELECT number, candidate, metrics, failure, searcher, seed, seconds, finished FROM candidates ORDER BY number");
        using var reader = command.ExecuteReader();
        var entries = new List<StudyEntry>();
        while (reader.Read()) entries.Add(Read(reader));
        return entries;
    });

    /// <summary>A text that belongs to the study beside its candidates.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The text, or null where there is none.</returns>
    public string? Note(string name)
    {
        using var command = Command("SELECT value FROM study WHERE key = $k", ("$k", "note." + name));
        return command.ExecuteScalar() as string;
    }

    /// <summary>Keeps a text with the study unless there is one of that name; of several processes the first one's stays.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="text">The text.</param>
    /// <returns>The text that the study has.</returns>
    public string KeepNote(string name, string text)
    {
        using var command = Command("INSERT OR IGNORE INTO study VALUES ($k, $v)", ("$k", "note." + name), ("$v", text));
        command.ExecuteNonQuery();
        return Note(name)!;
    }

    /// <summary>Takes a candidate for this process to evaluate.</summary>
    /// <param name="candidate">The candidate.</param>
    /// <returns>False where it was evaluated already or another living process is at it.</returns>
    public bool TryClaim(Candidate candidate) => _claims.TryTake(Description.Space.Format(candidate));

    /// <summary>Gives a claim up without a result.</summary>
    /// <param name="candidate">The candidate.</param>
    public void Release(Candidate candidate) => _claims.Release(Description.Space.Format(candidate));

    /// <summary>Stores a result and ends the claim, both or neither. A candidate that another process stored meanwhile keeps its first row.</summary>
    /// <param name="entry">The result.</param>
    /// <exception cref="ArgumentException">Neither a failure nor a finite value for every metric.</exception>
    public void Complete(StudyEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        if (entry.Failure is null && Description.Metrics.FirstOrDefault(metric => !entry.Metrics.TryGetValue(metric, out var value) || !double.IsFinite(value)) is { } missing)
            throw new ArgumentException($"the result has no finite {missing}; store a failure instead", nameof(entry));
        var text = Description.Space.Format(entry.Candidate);
        var metrics = new JsonObject();
        if (entry.Failure is null) foreach (var metric in Description.Metrics) metrics[metric] = entry.Metrics[metric];
        using var transaction = _connection.BeginTransaction(deferred: false);
        using var insert = Command(
            "INSERT OR IGNORE INTO candidates (candidate, metrics, failure, searcher, seed, seconds, finished) VALUES ($c, $m, $f, $s, $seed, $seconds, $t)",
            ("$c", text), ("$m", metrics.ToJsonString()), ("$f", (object?)entry.Failure ?? DBNull.Value), ("$s", entry.Searcher), ("$seed", unchecked((long)entry.Seed)), ("$seconds", entry.Seconds),
            ("$t", DateTime.UtcNow.ToString("O", CultureInfo.InvariantCulture)));
        insert.Transaction = transaction;
        insert.ExecuteNonQuery();
        using var remove = Command("DELETE FROM claims WHERE candidate = $c", ("$c", text));
        remove.Transaction = transaction;
        remove.ExecuteNonQuery();
        transaction.Commit();
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        _claims.Dispose();
        _connection.Dispose();
    }

    private StudyEntry Read(SqliteDataReader reader)
    {
        try
        {
            return new StudyEntry
            {
                Number = reader.GetInt64(0),
                Candidate = Description.Space.Parse(reader.GetString(1)),
                Metrics = JsonNode.Parse(reader.GetString(2))!.AsObject().ToDictionary(pair => pair.Key, pair => (double)pair.Value!),
                Failure = reader.IsDBNull(3) ? null : reader.GetString(3),
                Searcher = reader.GetString(4),
                Seed = unchecked((ulong)reader.GetInt64(5)),
                Seconds = reader.GetDouble(6),
                Finished = DateTime.Parse(reader.GetString(7), CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind),
            };
        }
        catch (Exception e) when (e is FormatException or JsonException or InvalidOperationException or InvalidCastException)
        {
            throw new StudyException($"row {reader.GetInt64(0)} of the study {Path} is damaged: {e.Message}", e);
        }
    }

    private SqliteCommand Command(string text, params ReadOnlySpan<(string Name, object Value)> parameters) => StudyFile.Command(_connection, text, parameters);
}
