using System.Diagnostics;
using Microsoft.Data.Sqlite;

namespace Pare.Search;

/// <summary>Which candidates processes are at. A claim of a process that is no more, or that another machine has not renewed for long, can be taken over.</summary>
internal sealed class StudyClaims : IDisposable
{
    private static readonly long s_started = StartOf(Process.GetCurrentProcess()) ?? 0;

    private readonly SqliteConnection _connection;
    private readonly string _owner = Guid.NewGuid().ToString("N");

    public StudyClaims(SqliteConnection connection) => _connection = connection;

    /// <summary>Takes a claim; false where it is another's or the candidate is done.</summary>
    public bool TryTake(string candidate)
    {
        using var transaction = _connection.BeginTransaction(deferred: false);
        using var renew = Command("UPDATE claims SET seen = $now WHERE owner = $o", ("$now", Now()), ("$o", _owner));
        renew.Transaction = transaction;
        renew.ExecuteNonQuery();
        using var done = Command("SELECT COUNT(*) FROM candidates WHERE candidate = $c", ("$c", candidate));
        done.Transaction = transaction;
        var free = (long)done.ExecuteScalar()! == 0 && IsFree(candidate, transaction);
        if (free)
        {
            using var take = Command("INSERT OR REPLACE INTO claims VALUES ($c, $o, $h, $p, $s, $now)",
                ("$c", candidate), ("$o", _owner), ("$h", Environment.MachineName), ("$p", Environment.ProcessId), ("$s", s_started), ("$now", Now()));
            take.Transaction = transaction;
            take.ExecuteNonQuery();
        }

        transaction.Commit();
        return free;
    }

    /// <summary>Ends a claim of this process.</summary>
    public void Release(string candidate)
    {
        using var command = Command("DELETE FROM claims WHERE candidate = $c AND owner = $o", ("$c", candidate), ("$o", _owner));
        command.ExecuteNonQuery();
    }

    public void Dispose()
    {
        try
        {
            using var command = Command("DELETE FROM claims WHERE owner = $o", ("$o", _owner));
            command.ExecuteNonQuery();
        }
        catch (SqliteException)
        {
            // The claims die with the process.
        }
    }

    private bool IsFree(string candidate, SqliteTransaction transaction)
    {
        using var command = Command("SELECT owner, host, process, started, seen FROM claims WHERE candidate = $c", ("$c", candidate));
        command.Transaction = transaction;
        using var reader = command.ExecuteReader();
        if (!reader.Read()) return true;
        if (reader.GetString(0) == _owner) return false;
        if (reader.GetString(1) == Environment.MachineName) return !IsAlive((int)reader.GetInt64(2), reader.GetInt64(3));
        return Now() - reader.GetInt64(4) > (long)Study.ClaimLifetime.TotalSeconds;
    }

    // A number alone could be a later process's.
    private static bool IsAlive(int id, long started)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            return !process.HasExited && StartOf(process) is { } start && Math.Abs(start - started) <= 1;
        }
        catch (ArgumentException)
        {
            return false;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static long? StartOf(Process process)
    {
        try
        {
            return new DateTimeOffset(process.StartTime.ToUniversalTime()).ToUnixTimeSeconds();
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or InvalidOperationException or NotSupportedException)
        {
            return null;
        }
    }

    private static long Now() => DateTimeOffset.UtcNow.ToUnixTimeSeconds();

    private SqliteCommand Command(string text, params ReadOnlySpan<(string Name, object Value)> parameters) => StudyFile.Command(_connection, text, parameters);
}
