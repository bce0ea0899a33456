using Pare.Runtime;

namespace Pare.Tests.Runtime.Generation;

public sealed class StopStringFilterTests
{
    [Theory]
    [InlineData("hello wor|ld", "world", "hello ", true)]
    [InlineData("a|b|c|d", "cd", "ab", true)]
    [InlineData("a|b|c|e", "cd", "abce", false)]
    [InlineData("aa|ab", "aab", "a", true)]
    [InlineData("one END two STOP", "STOP,END", "one ", true)]
    [InlineData("xEN|D", "END,N", "xE", true)]
    [InlineData("no stop", "", "no stop", false)]
    public void Text_ends_before_the_first_stop_string_however_it_is_cut(string pieces, string stops, string expected, bool stopped)
    {
        var filter = new StopStringFilter(stops.Split(',', StringSplitOptions.RemoveEmptyEntries));
        var text = string.Concat(pieces.Split('|').Select(filter.Append));
        Assert.Equal(stopped, filter.Stopped);
        Assert.Equal(expected, text + filter.Flush());
    }

    [Fact]
    public void Only_what_may_become_a_stop_string_is_held_back()
    {
        var filter = new StopStringFilter(["</s>"]);
        Assert.Equal("abc", filter.Append("abc"));
        Assert.Equal("", filter.Append("</"));
        Assert.Equal("</b>", filter.Append("b>"));
    }

    [Fact]
    public void An_empty_stop_string_is_refused() => Assert.Throws<ArgumentException>(() => new StopStringFilter([""]));
}
