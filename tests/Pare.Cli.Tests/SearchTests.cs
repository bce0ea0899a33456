using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Pare.Formats;
using Pare.Models;
using Pare.Search;

namespace Pare.Cli.Tests;

public sealed class SearchTests
{
    private static readonly string[] s_rest = ["--windows", "2", "--calibration-windows", "2", "--threads", "1", "--depths", "3,4,5", "--ffn", "0.25,0.5,1.0", "--groups", "2,4"];
    private static readonly string[] s_small = ["--window", "32", .. s_rest];

    [Fact]
    public async Task A_search_gives_a_front_from_which_a_model_can_be_picked()
    {
        using var folder = new TemporaryFolder();
        var search = await PareRun.Of(["search", PareRun.SampleModel, "--text", PareRun.SampleText, "--study", folder["s.db"], "--evaluations", "40", "--population", "10", "--json", .. s_small]);
        Assert.True(search.Code == 0, search.Error);
        Assert.Equal(40, search.Json["evaluations"]!.GetValue<int>());
        Assert.Equal(0, search.Json["failed"]!.GetValue<int>());
        Assert.Equal([1, 2, 3], search.Json["predictors"]!.AsArray().Where(one => (string?)one!["objective"] == "perplexity").Select(one => one!["round"]!.GetValue<int>()));
        var volumes = search.Json["hypervolumes"]!.AsArray().Select(volume => volume!.GetValue<double>()).ToList();
        Assert.Equal(volumes.Order(), volumes);
        Assert.Equal(40, volumes.Count);

        var front = await PareRun.Of("front", folder["s.db"], "--json", "--report", folder["front.html"], "--candidates", folder["all.tsv"]);
        Assert.True(front.Code == 0, front.Error);
        CheckCandidates(front.Json, await File.ReadAllLinesAsync(folder["all.tsv"]));
        Assert.Equal(search.Json["front"]!.ToJsonString(), front.Json["front"]!.ToJsonString());
        Assert.Contains("Hypervolume over evaluations", await File.ReadAllTextAsync(folder["front.html"]), StringComparison.Ordinal);
        // The whole model is in the space, so the front's best perplexity is at most its own, which pare eval finds, too.
        var whole = front.Json["whole"]!["perplexity"]!.GetValue<double>();
        var evaluated = await PareRun.Of("eval", PareRun.SampleModel, "--perplexity", PareRun.SampleText, "--protocol", "plain", "--window", "32", "--windows", "2", "--json");
        Assert.Equal(evaluated.Json["perplexity"]!.GetValue<double>(), whole, 1e-6 * whole);
        Assert.True(front.Json["front"]![0]!["metrics"]!["perplexity"]!.GetValue<double>() <= whole);

        var pick = await PareRun.Of("pick", folder["s.db"], "--max-size", "0.9x", "-o", folder["picked"], "--json");
        Assert.True(pick.Code == 0, pick.Error);
        var metrics = pick.Json["metrics"]!;
        using (var picked = Model.Open(folder["picked"]))
        {
            Assert.Equal(metrics["parameters"]!.GetValue<double>(), picked.Graph.ParameterCount);
            Assert.Equal(metrics["bytes"]!.GetValue<double>(), picked.WeightBytes);
            Assert.True(picked.Graph.ParameterCount <= 0.9 * front.Json["whole"]!["parameters"]!.GetValue<double>());
        }

        var again = await PareRun.Of("eval", folder["picked"], "--perplexity", PareRun.SampleText, "--protocol", "plain", "--window", "32", "--windows", "2", "--json");
        Assert.Equal(metrics["perplexity"]!.GetValue<double>(), again.Json["perplexity"]!.GetValue<double>(), 1e-5 * whole);
    }

    // A line a candidate; those on the front say the same as the front does.
    private static void CheckCandidates(JsonObject front, string[] lines)
    {
        var names = lines[0].Split('\t');
        var rows = lines.Skip(1).Select(line => names.Zip(line.Split('\t')).ToDictionary(pair => pair.First, pair => pair.Second)).ToDictionary(row => int.Parse(row["number"], CultureInfo.InvariantCulture));
        Assert.Equal(front["evaluations"]!.GetValue<int>(), rows.Count);
        Assert.All(rows.Values, row => Assert.Equal("", row["failure"]));
        Assert.All(front["front"]!.AsArray(), one =>
        {
            var row = rows[one!["number"]!.GetValue<int>()];
            foreach (var (name, value) in one["candidate"]!.AsObject()) Assert.Equal(value!.GetValue<string>(), row[name]);
            foreach (var (name, value) in one["metrics"]!.AsObject()) Assert.Equal(value!.GetValue<double>(), double.Parse(row[name], CultureInfo.InvariantCulture));
        });
    }

    [Fact]
    public async Task Formats_are_searched_and_written()
    {
        using var folder = new TemporaryFolder();
        var search = await PareRun.Of("search", PareRun.SampleModel, "--text", PareRun.SampleText, "--study", folder["s.db"], "--evaluations", "12", "--searcher", "random", "--window", "32", "--windows", "2",
            "--order", "unsorted", "--formats", "f16,q8_0,q4_0", "--objectives", "perplexity,bytes", "--threads", "1", "--json");
        Assert.True(search.Code == 0, search.Error);
        Assert.True(search.Json["front"]!.AsArray().Count > 1);
        var pick = await PareRun.Of("pick", folder["s.db"], "--constraint", "bytes<=0.5x", "-o", folder["picked"], "--json");
        Assert.True(pick.Code == 0, pick.Error);
        using (var picked = Model.Open(folder["picked"])) Assert.Equal(pick.Json["metrics"]!["bytes"]!.GetValue<double>(), picked.WeightBytes);
        var again = await PareRun.Of("eval", folder["picked"], "--perplexity", PareRun.SampleText, "--protocol", "plain", "--window", "32", "--windows", "2", "--json");
        Assert.Equal(pick.Json["metrics"]!["perplexity"]!.GetValue<double>(), again.Json["perplexity"]!.GetValue<double>(), 1e-3);
    }

    [Theory]
    [InlineData("wanda", "cats")]
    [InlineData("magnitude", "teal")]
    public async Task One_search_crosses_widths_formats_patterns_and_thresholds(string scores, string rule)
    {
        using var folder = new TemporaryFolder();
        string[] arguments = ["search", PareRun.SampleModel, "--text", PareRun.SampleText, "--study", folder["s.db"], "--evaluations", "12", "--searcher", "random", "--order", "unsorted", "--depths", "4,5", "--ffn", "128,172",
            "--formats", "f16,q8_0,q4_0", "--patterns", "dense,2:4", "--thresholds", "0,0.3,0.5", "--pattern-scores", scores, "--threshold-rule", rule, "--objectives", "perplexity,bytes", "--constraint", "latency<=1000x",
            "--window", "64", "--windows", "2", "--calibration-windows", "4", "--threads", "1", "--json"];
        var search = await PareRun.Of(arguments);
        Assert.True(search.Code == 0, search.Error);
        Assert.Equal(0, search.Json["failed"]!.GetValue<int>());
        Assert.Equal(scores, (string?)search.Json["subject"]!["patternScores"]);
        var pick = await PareRun.Of("pick", folder["s.db"], "--objective", "bytes", "-o", folder["picked"], "--formats", "q8_0", "--json", "--threads", "1");
        Assert.True(pick.Code == 0, pick.Error);
        var candidate = pick.Json["candidate"]!.AsObject();
        using (Model picked = Model.Open(folder["picked"]), quantized = Model.Open(folder["picked-q8_0"]))
        {
            Assert.Equal(pick.Json["metrics"]!["bytes"]!.GetValue<double>(), picked.WeightBytes);
            var sparse = 0;
            for (var layer = 0; layer < picked.Config.Layers.Count; layer++)
            {
                var source = picked.Provenance!["subNetwork"]!["layers"]![layer]!["source"]!.GetValue<int>();
                var (format, pattern) = ((string)candidate[$"format.{source}"]!, (string)candidate[$"pattern.{source}"]!);
                var query = new ParameterId(ParameterRole.Query, layer);
                Assert.Equal((format, pattern) switch { ("q8_0", "2:4") => "2:4-int8", ("q4_0", "2:4") => "2:4-int4", _ => format }, picked.GetWeight(query).Type.Name());
                Assert.Equal(pattern == "2:4" ? "2:4-int8" : "q8_0", quantized.GetWeight(query).Type.Name());
                if (pattern == "2:4") Assert.All(picked.GetWeight(query).ToArray().Chunk(4), block => Assert.True(block.Count(weight => weight == 0) >= 2 && ++sparse > 0));
                var threshold = (string)candidate[$"threshold.{source}"]!;
                Assert.Equal(threshold != "0", ActivationSites.All.Any(site => picked.ActivationSparsity?[layer, site] is not null));
            }

            Assert.True(sparse > 0);
        }

        // The folder is the candidate that was measured: with its patterns, formats and thresholds.
        var again = await PareRun.Of("eval", folder["picked"], "--perplexity", PareRun.SampleText, "--protocol", "plain", "--window", "64", "--windows", "2", "--json");
        var measured = pick.Json["metrics"]!["perplexity"]!.GetValue<double>();
        Assert.Equal(measured, again.Json["perplexity"]!.GetValue<double>(), 1e-4 * measured);
        var front = await PareRun.Of("front", folder["s.db"], "--objectives", "perplexity,bytes", "--text", PareRun.SampleText, "--json", "--threads", "1");
        Assert.All(front.Json["front"]!.AsArray(), one => Assert.Equal(one!["metrics"]!["perplexity"]!.GetValue<double>(), one["reportPerplexity"]!.GetValue<double>(), 1e-9));
    }

    [Fact]
    public async Task Stopping_hopeless_candidates_changes_neither_the_front_nor_what_a_stopped_search_finds()
    {
        using var folder = new TemporaryFolder();
        string[] Arguments(string study, int evaluations, params string[] more) => ["search", PareRun.SampleModel, "--text", PareRun.SampleText, "--study", folder[study], "--evaluations", $"{evaluations}", "--population", "10", "--searcher", "random", "--order", "unsorted",
            "--depths", "3,4,5", "--ffn", "0.25,0.5,1.0", "--window", "64", "--windows", "24", "--threads", "1", "--json", .. more];
        var full = await PareRun.Of(Arguments("full.db", 60));
        Assert.True(full.Code == 0, full.Error);
        var stopped = await PareRun.Of(Arguments("stopped.db", 60, "--stop-hopeless", "0.01"));
        Assert.True(stopped.Code == 0, stopped.Error);
        Assert.Equal(Front(full.Json), Front(stopped.Json));
        Assert.Equal(0.01, stopped.Json["subject"]!["stopHopeless"]!.GetValue<double>());
        // In two goes, the second of which knows only what the study says.
        Assert.Equal(0, (await PareRun.Of(Arguments("parts.db", 33, "--stop-hopeless", "0.01"))).Code);
        Assert.Equal(0, (await PareRun.Of(Arguments("parts.db", 60, "--stop-hopeless", "0.01"))).Code);
        using Study one = Study.Open(folder["stopped.db"]), other = Study.Open(folder["parts.db"]);
        Assert.Equal(Rows(one), Rows(other));
        Assert.True(one.Entries().Count(entry => entry.Metrics["windows"] < 24) > 10);
        Assert.All(stopped.Json["front"]!.AsArray(), row => Assert.Equal(24, row!["metrics"]!["windows"]!.GetValue<double>()));
        foreach (var (wrong, said) in new (string[], string)[] { (["--stop-hopeless", "0.7"], "below 0.5"), (["--stop-hopeless", "0.01", "--objectives", "accuracy", "--task-file", "none.yaml"], "leave one of them out") })
        {
            var run = await PareRun.Of(Arguments("wrong.db", 4, wrong));
            Assert.Equal(2, run.Code);
            Assert.Contains(said, run.Error, StringComparison.Ordinal);
        }

        static IEnumerable<(string, double, double)> Front(JsonObject json) => json["front"]!.AsArray().Select(row => (row!["candidate"]!.ToJsonString(), row["metrics"]!["perplexity"]!.GetValue<double>(), row["metrics"]!["parameters"]!.GetValue<double>()));

        static IEnumerable<(string, double, double)> Rows(Study study) => study.Entries().Select(entry => (study.Description.Space.Format(entry.Candidate), entry.Metrics["perplexity"], entry.Metrics["windows"])).Order();
    }

    [Fact]
    public async Task Divergence_accuracy_and_latency_are_objectives_and_constraints()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["endings.jsonl"], """
            {"what":"little","options":["girl named Lily","the of and"],"answer":0}
            {"what":"big","options":["very not a","dog. The dog was sad"],"answer":1}
            """);
        await File.WriteAllTextAsync(folder["task.yaml"], "task: endings\ndata: endings.jsonl\nprompt: \"Once upon a time, there was a {what}\"\nchoices: options\ngold: answer\nmetric: acc\n");
        string[] arguments = ["search", PareRun.SampleModel, "--text", PareRun.SampleText, "--study", folder["s.db"], "--evaluations", "8", "--searcher", "random", "--order", "unsorted", "--objectives", "accuracy,latency",
            "--task-file", folder["task.yaml"], "--constraint", "kl<=100", "--constraint", "latency<=100x", "--json", .. s_small];
        var search = await PareRun.Of(arguments);
        Assert.True(search.Code == 0, search.Error);
        Assert.Equal(0, search.Json["failed"]!.GetValue<int>());
        var whole = search.Json["whole"]!;
        Assert.Equal(1, whole["accuracy"]!.GetValue<double>());
        Assert.InRange(whole["kl"]!.GetValue<double>(), 0, 1e-6);
        Assert.True(whole["latency"]!.GetValue<double>() > 0);
        // More is better.
        var accuracies = search.Json["front"]!.AsArray().Select(one => one!["metrics"]!["accuracy"]!.GetValue<double>()).ToList();
        Assert.Equal(accuracies.OrderDescending(), accuracies);

        // The same command goes on with the same times.
        var again = await PareRun.Of([.. arguments.Select(argument => argument == "8" ? "12" : argument)]);
        Assert.Equal(whole.ToJsonString(), again.Json["whole"]!.ToJsonString());
        var front = await PareRun.Of("front", folder["s.db"], "--objectives", "kl,latency", "--confirm", "--json", "--threads", "1");
        Assert.True(front.Code == 0, front.Error);
        Assert.All(front.Json["front"]!.AsArray(), one => Assert.True(one!["decodeMilliseconds"]!.GetValue<double>() > 0));
        var pick = await PareRun.Of("pick", folder["s.db"], "--objective", "accuracy", "--constraint", "kl<=100", "-o", folder["picked"], "--json", "--threads", "1");
        Assert.True(pick.Code == 0, pick.Error);
        Assert.True(pick.Json["models"]!.AsArray().Single()!["decodeMilliseconds"]!.GetValue<double>() > 0);
        var best = pick.Json["metrics"]!["accuracy"]!.GetValue<double>();
        Assert.Equal(again.Json["front"]![0]!["metrics"]!["accuracy"]!.GetValue<double>(), best);
        var evaluated = await PareRun.Of("eval", folder["picked"], "--task-file", folder["task.yaml"], "--json");
        Assert.Equal(best, evaluated.Json["tasks"]![0]!["metrics"]!.AsArray().Single(one => (string?)one!["metric"] == "acc")!["value"]!.GetValue<double>());

        foreach (var (wrong, said) in new (string[], string)[] { (["--objectives", "accuracy"], "give --tasks"), (["--task-file", folder["task.yaml"]], "the tasks are for accuracy"), (["--constraint", "kl<=2x"], "give a number") })
        {
            var run = await PareRun.Of(["search", PareRun.SampleModel, "--text", PareRun.SampleText, "--study", folder["wrong.db"], "--evaluations", "4", "--order", "unsorted", .. s_small, .. wrong]);
            Assert.Equal(2, run.Code);
            Assert.Contains(said, run.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Two_processes_killed_fifty_times_lose_nothing_that_was_evaluated()
    {
        using var folder = new TemporaryFolder();
        string[] Arguments(string study) => ["search", PareRun.SampleModel, "--text", PareRun.SampleText, "--study", folder[study], "--searcher", "nsga2", "--population", "40", "--evaluations", "400", "--json", "--window", "256", .. s_rest];
        var whole = await PareRun.Of(Arguments("whole.db"));
        Assert.True(whole.Code == 0, whole.Error);
        var random = new Random(5);
        var kills = 0;
        var processes = new Process?[2];
        while (kills < 50)
        {
            for (var i = 0; i < 2; i++)
            {
                if (processes[i] is { HasExited: true } ended)
                {
                    Assert.Equal(0, ended.ExitCode);
                    ended.Dispose();
                    processes[i] = null;
                }

                processes[i] ??= Start(Arguments("killed.db"));
            }

            // A moment in which one of them starts, evaluates, stores or is done.
            await Task.Delay(random.Next(600));
            var victim = processes[random.Next(2)]!;
            if (victim.HasExited) continue;
            victim.Kill();
            await victim.WaitForExitAsync();
            processes[Array.IndexOf(processes, victim)] = null;
            victim.Dispose();
            kills++;
        }

        foreach (var process in processes)
        {
            process?.Kill();
            process?.Dispose();
        }

        var last = await PareRun.Of(Arguments("killed.db"));
        Assert.True(last.Code == 0, last.Error);
        Assert.Equal(Front(whole.Json), Front(last.Json));
        using Study expected = Study.Open(folder["whole.db"]), found = Study.Open(folder["killed.db"]);
        Assert.Equal(400, found.Count);
        Assert.Equal(Rows(expected), Rows(found));

        static IEnumerable<string> Front(JsonObject json) => json["front"]!.AsArray().Select(one => one!["candidate"]!.ToJsonString() + one["metrics"]!.ToJsonString());

        static IEnumerable<(string, double)> Rows(Study study) => study.Entries().Select(entry => (study.Description.Space.Format(entry.Candidate), entry.Metrics["perplexity"])).Order();
    }

    [Fact]
    public async Task Studies_of_something_else_and_constraints_that_nothing_meets_are_explained()
    {
        using var folder = new TemporaryFolder();
        string[] arguments = ["search", PareRun.SampleModel, "--text", PareRun.SampleText, "--study", folder["s.db"], "--evaluations", "8", "--searcher", "random", .. s_small];
        Assert.Equal(0, (await PareRun.Of(arguments)).Code);
        var other = await PareRun.Of([.. arguments.Select(argument => argument == "32" ? "16" : argument)]);
        Assert.Equal(1, other.Code);
        Assert.Contains("subject.window is 32, here it is 16", other.Error, StringComparison.Ordinal);
        var nothing = await PareRun.Of("pick", folder["s.db"], "--max-size", "0.01x", "-o", folder["picked"]);
        Assert.Equal(1, nothing.Code);
        Assert.Contains("the nearest, number", nothing.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["picked"]));
        foreach (var (wrong, said) in new (string[], string)[]
                 {
                     (["--head-sizes", "3"], "break rotary pairs"), (["--ffn", "100000"], "--ffn 100000"), (["--formats", "q9"], "--formats q9"), (["--patterns", "5:4"], "pattern 5:4"), (["--patterns", "dense,4:8"], "leave out that value"), (["--thresholds", "1"], "--thresholds 1"), (["--objectives", "joy"], "--objectives joy"), (["--constraint", "size<3"], "--constraint size<3"),
                 })
        {
            var run = await PareRun.Of(["search", PareRun.SampleModel, "--text", PareRun.SampleText, "--study", folder["wrong.db"], "--evaluations", "4", "--window", "32", "--windows", "1", "--threads", "1", .. wrong]);
            Assert.Equal(2, run.Code);
            Assert.Contains(said, run.Error, StringComparison.Ordinal);
        }

        var none = await PareRun.Of("front", folder["none.db"]);
        Assert.Equal(1, none.Code);
        Assert.Contains("there is no study", none.Error, StringComparison.Ordinal);
        Assert.Equal(2, (await PareRun.Of("pick", folder["s.db"], "--number", "99", "-o", folder["picked"])).Code);
    }

    [Fact]
    public async Task A_study_whose_model_has_changed_is_refused()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["model"]);
        foreach (var file in Directory.GetFiles(PareRun.SampleModel)) File.Copy(file, Path.Combine(folder["model"], Path.GetFileName(file)));
        Assert.Equal(0, (await PareRun.Of(["search", folder["model"], "--text", PareRun.SampleText, "--study", folder["s.db"], "--evaluations", "4", "--searcher", "random", .. s_small])).Code);
        await File.AppendAllTextAsync(Path.Combine(folder["model"], "config.json"), " ");
        var pick = await PareRun.Of("pick", folder["s.db"], "-o", folder["picked"]);
        Assert.Equal(1, pick.Code);
        Assert.Contains("--model", pick.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await PareRun.Of("pick", folder["s.db"], "-o", folder["picked"], "--model", PareRun.SampleModel)).Code);
    }

    private static Process Start(string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(Program).Assembly.Location, .. arguments]) { RedirectStandardError = true, RedirectStandardOutput = true };
        var process = Process.Start(start)!;
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        return process;
    }
}
