using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using Pare.Search;
using Pare.Tests.Formats;

namespace Pare.Tests.Search;

public sealed class StudyTests
{
    private static readonly SearchSpace s_space = new([SearchDimension.Ordered("depth", Enumerable.Range(1, 8)), SearchDimension.Ordered("width", Enumerable.Range(1, 30)), SearchDimension.Categorical("format", "F32", "Q8_0")]);
    private static readonly StudyDescription s_description = new() { Space = s_space, Metrics = ["loss", "size"], Subject = new JsonObject { ["model"] = "abc", ["windows"] = 16 } };

    [Fact]
    public void What_was_evaluated_is_there_after_reopening()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("a.db");
        IReadOnlyList<StudyEntry> rows;
        using (var study = Study.Open(path, s_description)) rows = Run(study, "random", 3, 40, out _);
        using var again = Study.Open(path);
        Assert.Equal(40, again.Count);
        var read = again.Entries();
        Assert.Equal(rows.Select(row => (row.Candidate, row.Metrics["loss"], row.Metrics["size"], row.Seed, row.Searcher)), read.Select(row => (row.Candidate, row.Metrics["loss"], row.Metrics["size"], row.Seed, row.Searcher)));
        Assert.Equal(Enumerable.Range(1, 40).Select(i => (long)i), read.Select(row => row.Number));
        Assert.All(read, row => Assert.Equal(DateTimeKind.Utc, row.Finished.Kind));
        Assert.Equal(s_space.Dimensions.Select(d => (d.Name, d.Type, string.Join(' ', d.Values))), again.Description.Space.Dimensions.Select(d => (d.Name, d.Type, string.Join(' ', d.Values))));
    }

    [Theory]
    [MemberData(nameof(SearcherContractTests.Names), MemberType = typeof(SearcherContractTests))]
    public void A_search_that_was_stopped_goes_on_as_if_it_had_not_been(string searcher)
    {
        using var folder = new TemporaryFolder();
        using var whole = Study.Open(folder.File("whole.db"), s_description);
        var expected = Run(whole, searcher, 7, 60, out var evaluated);
        Assert.Equal(60, evaluated);
        var stops = new Random(3);
        var total = 0;
        for (var done = false; !done;)
        {
            using var study = Study.Open(folder.File("parts.db"), s_description);
            using var cancellation = new CancellationTokenSource();
            var left = stops.Next(1, 12);
            try
            {
                Run(study, searcher, 7, 60, out _, candidate =>
                {
                    if (left-- == 0) { cancellation.Cancel(); cancellation.Token.ThrowIfCancellationRequested(); }
                    total++;
                }, cancellation.Token);
                done = true;
            }
            catch (OperationCanceledException)
            {
                // The next turn goes on.
            }
        }

        Assert.Equal(60, total);
        using var parts = Study.Open(folder.File("parts.db"));
        Assert.Equal(expected.Select(row => (row.Candidate, row.Metrics["loss"])), parts.Entries().Select(row => (row.Candidate, row.Metrics["loss"])));
    }

    [Fact]
    public void Two_workers_share_a_search_and_see_the_same()
    {
        using var folder = new TemporaryFolder();
        using var alone = Study.Open(folder.File("alone.db"), s_description);
        var expected = Run(alone, "nsga2", 5, 100, out _).Select(row => row.Candidate).ToList();
        var counts = new int[2];
        var seen = new List<Candidate>[2];
        Parallel.For(0, 2, new ParallelOptions { MaxDegreeOfParallelism = 2 }, worker =>
        {
            using var study = Study.Open(folder.File("shared.db"), s_description);
            seen[worker] = [.. Run(study, "nsga2", 5, 100, out counts[worker]).Select(row => row.Candidate)];
        });
        Assert.Equal(expected, seen[0]);
        Assert.Equal(expected, seen[1]);
        Assert.Equal(100, counts.Sum());
        using var shared = Study.Open(folder.File("shared.db"));
        Assert.Equal(expected.ToHashSet(), shared.Entries().Select(row => row.Candidate).ToHashSet());
        Assert.Equal(100, shared.Count);
    }

    [Fact]
    public void A_claim_keeps_others_away_until_it_ends_or_its_process_is_gone()
    {
        using var folder = new TemporaryFolder();
        using var first = Study.Open(folder.File("a.db"), s_description);
        using var second = Study.Open(folder.File("a.db"), s_description);
        var candidate = s_space.Create([1, 2, 0]);
        Assert.True(first.TryClaim(candidate));
        Assert.False(second.TryClaim(candidate));
        first.Release(candidate);
        Assert.True(second.TryClaim(candidate));
        Assert.False(first.TryClaim(candidate));
        // As if the process had been killed: no process has the number 2³¹ − 1.
        Change(folder.File("a.db"), "UPDATE claims SET process = 2147483647");
        Assert.True(first.TryClaim(candidate));
        // As if a process of that number had started at another time.
        Change(folder.File("a.db"), "UPDATE claims SET started = started - 100");
        Assert.True(second.TryClaim(candidate));
        // As if it were of another machine, just seen and long not seen.
        Change(folder.File("a.db"), "UPDATE claims SET host = 'elsewhere'");
        Assert.False(first.TryClaim(candidate));
        Change(folder.File("a.db"), "UPDATE claims SET seen = seen - 601");
        Assert.True(first.TryClaim(candidate));
        first.Complete(Entry(candidate));
        Assert.False(second.TryClaim(candidate));
        second.Complete(Entry(candidate) with { Seed = 9 });
        Assert.Equal(1UL, Assert.Single(second.Entries()).Seed);
    }

    [Fact]
    public void Failures_are_recorded_and_the_search_goes_on()
    {
        using var folder = new TemporaryFolder();
        using var study = Study.Open(folder.File("a.db"), s_description);
        var i = 0;
        var rows = StudyRunner.Run(study, new RegularizedEvolution(s_space, 1), (candidate, _) => (i++ % 4) switch
        {
            0 => throw new InvalidDataException("too narrow"),
            1 => new Dictionary<string, double> { ["loss"] = double.NaN, ["size"] = 1 },
            2 => new Dictionary<string, double> { ["loss"] = 1 },
            _ => Measure(candidate),
        }, Options("evolution", 1, 40));
        Assert.Equal(40, rows.Count);
        Assert.Equal(10, rows.Count(row => row.Failure is null));
        Assert.Equal(10, rows.Count(row => row.Failure == "InvalidDataException: too narrow"));
        Assert.Equal(10, rows.Count(row => row.Failure == "loss is NaN"));
        Assert.Equal(10, rows.Count(row => row.Failure == "size was not measured"));
        Assert.Equal(rows.Select(row => row.Failure), study.Entries().Select(row => row.Failure));
    }

    [Fact]
    public void Constraints_count_as_shares_of_their_bounds()
    {
        var entry = Entry(s_space.Create([0, 0, 0])) with { Metrics = new Dictionary<string, double> { ["loss"] = 3, ["size"] = 150 } };
        var evaluated = entry.Evaluate([new Objective("loss"), new Objective("size", Maximize: true)], [new Constraint("size", 100), new Constraint("loss", 4, AtLeast: true), new Constraint("loss", 3)]);
        Assert.Equal([3, -150], evaluated.Objectives);
        Assert.Equal(0.5 + 0.25, evaluated.Violation, 12);
    }

    [Fact]
    public void A_study_of_something_else_is_refused_and_says_what_differs()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("a.db");
        using (Study.Open(path, s_description)) { }
        Assert.Contains("subject.model is \"abc\", here it is \"xyz\"", Refused(s_description with { Subject = new JsonObject { ["model"] = "xyz", ["windows"] = 16 } }), StringComparison.Ordinal);
        Assert.Contains("subject.text is absent", Refused(s_description with { Subject = new JsonObject { ["model"] = "abc", ["windows"] = 16, ["text"] = "t" } }), StringComparison.Ordinal);
        Assert.Contains("space differs", Refused(s_description with { Space = new SearchSpace(s_space.Dimensions.Take(2)) }), StringComparison.Ordinal);
        Assert.Contains("metrics differs", Refused(s_description with { Metrics = ["loss"] }), StringComparison.Ordinal);
        Change(path, "UPDATE study SET value = '7' WHERE key = 'version'");
        Assert.Contains("version 7", Refused(s_description), StringComparison.Ordinal);

        string Refused(StudyDescription description) => Assert.Throws<StudyException>(() => Study.Open(path, description)).Message;
    }

    [Fact]
    public void A_file_whose_maker_ended_before_its_tables_were_made_is_begun_by_the_next()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("a.db");
        Assert.Null(Study.OpenIfBegun(path));
        // What a process leaves that is killed behind its first statement.
        using (var connection = new SqliteConnection($"Data Source={path};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA journal_mode = WAL";
            command.ExecuteNonQuery();
        }

        Assert.True(File.Exists(path));
        Assert.Null(Study.OpenIfBegun(path));
        Assert.Contains("was not begun", Assert.Throws<StudyException>(() => Study.Open(path)).Message, StringComparison.Ordinal);
        using (var study = Study.Open(path, s_description)) study.Complete(Entry(s_space.Create([0, 0, 0])));
        using var again = Study.OpenIfBegun(path);
        Assert.NotNull(again);
        Assert.Equal(1, again.Count);
    }

    [Fact]
    public void Files_that_are_no_study_are_refused()
    {
        using var folder = new TemporaryFolder();
        Assert.Throws<StudyException>(() => Study.Open(folder.File("none.db")));
        File.WriteAllText(folder.File("text.db"), "this is some text that is long enough to be taken for the header of a database, which it is not");
        Assert.Throws<StudyException>(() => Study.Open(folder.File("text.db")));
        Assert.Throws<StudyException>(() => Study.Open(folder.File("text.db"), s_description));
        Directory.CreateDirectory(folder.File("folder.db"));
        Assert.Throws<StudyException>(() => Study.Open(folder.File("folder.db"), s_description));
        using (Study.Open(folder.File("a.db"), s_description)) { }
        Change(folder.File("a.db"), "UPDATE study SET value = '{\"space\": 3}' WHERE key = 'description'");
        Assert.Throws<StudyException>(() => Study.Open(folder.File("a.db")));
        using (var study = Study.Open(folder.File("b.db"), s_description)) study.Complete(Entry(s_space.Create([0, 0, 0])));
        Change(folder.File("b.db"), "UPDATE candidates SET candidate = '{}'");
        using var damaged = Study.Open(folder.File("b.db"));
        Assert.Contains("row 1", Assert.Throws<StudyException>(damaged.Entries).Message, StringComparison.Ordinal);
    }

    private static void Change(string path, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        Assert.Equal(1, command.ExecuteNonQuery());
    }

    private static StudyEntry Entry(Candidate candidate) => new() { Candidate = candidate, Metrics = Measure(candidate), Searcher = "test", Seed = 1, Seconds = 0.5 };

    private static StudyRunOptions Options(string searcher, ulong seed, int evaluations) => new()
    {
        Objectives = [new Objective("loss"), new Objective("size")],
        Evaluations = evaluations,
        Searcher = searcher,
        Seed = seed,
        PollInterval = TimeSpan.FromMilliseconds(2),
    };

    private static IReadOnlyList<StudyEntry> Run(Study study, string searcher, ulong seed, int evaluations, out int evaluated, Action<Candidate>? before = null, CancellationToken cancellation = default)
    {
        var count = 0;
        var rows = StudyRunner.Run(study, SearcherContractTests.Create(searcher, s_space, seed), (candidate, _) =>
        {
            before?.Invoke(candidate);
            count++;
            return Measure(candidate);
        }, Options(searcher, seed, evaluations), cancellation);
        evaluated = count;
        return rows;
    }

    private static Dictionary<string, double> Measure(Candidate candidate)
    {
        var g = candidate.Genes;
        return new() { ["loss"] = 10 - Math.Sqrt(g[0] + 1) - Math.Log(g[1] + 1) + 0.1 * g[2] + 0.01 * ((g[0] * 7 + g[1] * 3) % 5), ["size"] = (g[0] + 1) * (g[1] + 2) * (1 - 0.5 * g[2]) };
    }
}
