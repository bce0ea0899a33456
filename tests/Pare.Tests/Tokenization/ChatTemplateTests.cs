using Pare.TestSupport;
using Pare.Tokenization;

namespace Pare.Tests.Tokenization;

public class ChatTemplateTests
{
    private static readonly ChatMessage[] Hello = [new("user", "Hello")];

    // Values worked out by hand from the rules of Jinja 2 and Python.
    [Theory]
    [InlineData("{{ 2 * 3.5 }}", "7.0")]
    [InlineData("{{ 1.0 }} {{ 1e20 }} {{ 0.1 }}", "1.0 1e+20 0.1")]
    [InlineData("{{ ' Some Text' | capitalize }}", " some text")]
    [InlineData("{{ [3, 1, 2] | map('string') | join }}", "312")]
    [InlineData("{{ [3, 1, 2] | select('odd') | list }}", "[3, 1]")]
    [InlineData("{{ [3, 1, 2] | sum }}{{ [3, 1] | max }}{{ [3, 1] | min }}", "631")]
    [InlineData("{{ missing | d('x') }}{{ missing }}", "x")]
    [InlineData("{{ 1 is eq 1 and 1 is in [1] and 2 is divisibleby 2 }}", "True")]
    [InlineData("{{ '1' == 1 }} {{ [1, 2] == [1, 2] }} {{ none }}", "False True None")]
    [InlineData("{% set a = namespace(x=[1, 'y']) %}{{ a == a }} {{ {'a': [1, {'b': none}]} == {'a': [1.0, {'b': none}]} }} {{ [1, [2]] == [1, [3]] }}", "True True False")]
    [InlineData("{{ [true, 1.5, 'a\\\\b', {'k': []}] }}", "[True, 1.5, 'a\\\\b', {'k': []}]")]
    [InlineData("{{ 'xxabxx'.strip('x') }}", "ab")]
    [InlineData("{{ 'a\nb\n'.splitlines() }}", "['a', 'b']")]
    [InlineData("{{ 'a b  c d'.split(none, 2) }}{{ 'a.b.c'.rsplit('.', 1) }}", "['a', 'b', 'c d']['a.b', 'c']")]
    [InlineData("{{ {'k': 'it\\'s'} }}", "{'k': \"it's\"}")]
    [InlineData("{{ -7 // 2 }} {{ -7 % 3 }} {{ 2 ** 10 }} {{ 7 / 2 }}", "-4 2 1024 3.5")]
    [InlineData("{{ [1, 2, 3, 4][1:-1] }}{{ 'abc'[5:] }}{{ 'abc'[::-1] }}", "[2, 3]cba")]
    [InlineData("{% set a, b = 1, 2 %}{{ a }}{{ b }}", "12")]
    [InlineData("{% set x = 1 %}{% for i in [1, 2] %}{% set x = i %}{% endfor %}{{ x }}", "1")]
    [InlineData("{% for i in range(10) if i is even %}{% if i == 6 %}{% break %}{% endif %}{{ loop.index }}:{{ i }} {% endfor %}", "1:0 2:2 3:4 ")]
    [InlineData("{% for i in [] %}x{% else %}empty{% endfor %}", "empty")]
    [InlineData("{% for k, v in {'a': 1, 'b': 2}.items() %}{{ k }}{{ v }}{{ ',' if not loop.last }}{% endfor %}", "a1,b2")]
    [InlineData("{% macro m(a, b='z') %}<{{ a }}{{ b }}>{% endmacro %}{{ m(1) }}{{ m(1, b=2) }}", "<1z><12>")]
    [InlineData("{% raw %}{{ not a tag }}{% endraw %}!", "{{ not a tag }}!")]
    [InlineData("a\n  {%- if true -%}\n  b\n  {%- endif %}\nc", "abc")]
    [InlineData("a\n  {% if true %}\nb\n  {% endif %}\nc\n", "a\nb\nc")]
    [InlineData("a {# a comment #} b {#- tight -#} c", "a  bc")]
    [InlineData("  {%+ if true %}x{% endif %}\n\n\n", "  x\n")]
    [InlineData("{% set t %}block{% endset %}{{ t | upper }}", "BLOCK")]
    [InlineData("{% filter upper %}shout{% endfilter %}", "SHOUT")]
    [InlineData("{{ {'b': [1, none, true], 'a': 'é\"'} | tojson }}", "{\"b\": [1, null, true], \"a\": \"é\\\"\"}")]
    [InlineData("{{ {'b': [1]} | tojson(indent=2) }}", "{\n  \"b\": [\n    1\n  ]\n}")]
    [InlineData("{{ strftime_now('%d %b %Y %H:%M %-d %j') }}", "05 Mar 2024 06:07 5 065")]
    [InlineData("{{ '\\u00e9\\x41\\n' }}|", "éA\n|")]
    [InlineData("{{ not missing and messages[0]['role'] == 'user' }}", "True")]
    [InlineData("{{ 'x' if messages[0].tool_calls is defined else 'y' }}", "y")]
    public void An_expression_has_its_value_in_Jinja(string template, string expected) =>
        Assert.Equal(expected, ChatTemplate.Parse(template).Apply(Hello, now: new DateTimeOffset(2024, 3, 5, 6, 7, 8, TimeSpan.Zero)));

    [SharedFact]
    public void The_chat_model_s_own_template_writes_its_prompt()
    {
        var tokenizer = TokenizerLoader.Load(SharedFiles.Path("tokenizers", "smollm2"));
        var text = ChatTemplate.Parse(tokenizer.ChatTemplate!).Apply([new("user", "Hi"), new("assistant", "Yes?"), new("user", "Bye")]);
        Assert.Equal(
            "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nYes?<|im_end|>\n<|im_start|>user\nBye<|im_end|>\n<|im_start|>assistant\n",
            text);
        Assert.Equal(tokenizer.Encode(text, addSpecialTokens: false), tokenizer.EncodeChat([new("user", "Hi"), new("assistant", "Yes?"), new("user", "Bye")]));
    }

    [Fact]
    public void A_caller_s_variables_reach_the_template()
    {
        var variables = new Dictionary<string, object?> { ["enable_thinking"] = false, ["tools"] = new object?[] { new Dictionary<string, object?> { ["name"] = "add", ["arity"] = 2 } } };
        var template = ChatTemplate.Parse("{{ enable_thinking }} {% for tool in tools %}{{ tool | tojson }}{% endfor %}");
        Assert.Equal("False {\"name\": \"add\", \"arity\": 2}", template.Apply(Hello, variables: variables));
        Assert.Throws<ArgumentException>(() => template.Apply(Hello, variables: new Dictionary<string, object?> { ["x"] = new Uri("http://localhost") }));
    }

    [Theory]
    [InlineData("a\nb {% if true %}", 2, "endif")]
    [InlineData("{{ 1 +", 1, "tag is not closed")]
    [InlineData("\n\n{{ 1 + }}", 3, "a value was expected")]
    [InlineData("{% endif %}", 1, "endif")]
    [InlineData("{% frobnicate %}", 1, "frobnicate")]
    [InlineData("{{ 'a' | frobnicate }}", 1, "frobnicate")]
    [InlineData("{{ 1 is frobnicated }}", 1, "frobnicated")]
    [InlineData("{{ 'never closed }}", 1, "not closed")]
    [InlineData("{% set x = 1 %}\n{{ x.y.z }}", 2, "undefined")]
    [InlineData("{{ missing.member }}", 1, "missing")]
    [InlineData("{{ 'a' + 1 }}", 1, "does not work")]
    [InlineData("{{ 1 // 0 }}", 1, "zero")]
    [InlineData("\n{{ raise_exception('roles must alternate') }}", 2, "roles must alternate")]
    [InlineData("{{ 9223372036854775807 + 1 }}", 1, "64 bits")]
    public void A_fault_is_named_with_its_line(string template, int line, string expected)
    {
        var problem = Assert.Throws<ChatTemplateException>(() => ChatTemplate.Parse(template).Apply(Hello));
        Assert.Equal(line, problem.Line);
        Assert.Contains(expected, problem.Message);
    }

    [Theory]
    [InlineData("{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}")]
    [InlineData("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}")]
    [InlineData("{% set ns = namespace(x='aaaaaaaaaaaaaaaa') %}{% for i in range(60) %}{% set ns.x = ns.x + ns.x %}{% endfor %}")]
    [InlineData("{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = ns.x + ns.x %}{% endfor %}")]
    [InlineData("{{ 'a' * 1000000000 }}")]
    [InlineData("{{ range(1000000000) }}")]
    [InlineData("{{ ('a' * 1000000) | replace('a', 'b' * 1000000) }}")]
    [InlineData("{{ (range(90000) | list) | join('x' * 1000000) }}")]
    [InlineData("{{ ('\n' * 1000000) | indent(1000) }}")]
    [InlineData("{{ range(99999) | map('string') | unique | list }}")]
    [InlineData("{% set a = namespace() %}{% set b = namespace() %}{% set a.x = a %}{% set b.x = b %}{{ a == b }}")]
    [InlineData("{% set a = namespace() %}{% set a.x = a %}{{ a }}")]
    [InlineData("{% set a = namespace() %}{% set a.x = a %}{{ a | tojson }}")]
    [InlineData("{% set ns = namespace(l=[1]) %}{% for i in range(49) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l }}")]
    [InlineData("{% set ns = namespace(l=[1]) %}{% for i in range(49) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l | string | length }}")]
    [InlineData("{% set p = namespace(l=[1], m=[1]) %}{% for i in range(49) %}{% set p.l = [p.l, p.l] %}{% set p.m = [p.m, p.m] %}{% endfor %}{{ p.l == p.m }}")]
    [InlineData("{% set x = 'a' * 1000000 %}{% for i in range(1000) %}{% set y = [x, x, x, x] | tojson | length %}{% endfor %}")]
    [InlineData("{% set x = 'a' * 999999 ~ 'b' %}{% set y = 'a' * 999999 ~ 'c' %}{% for i in range(100000) %}{% if x == y %}x{% endif %}{% endfor %}")]
    public void A_hostile_template_is_stopped(string template) => Assert.Throws<ChatTemplateException>(() => ChatTemplate.Parse(template).Apply(Hello));

    [Fact]
    public void Deep_nesting_is_refused_not_followed()
    {
        foreach (var template in (string[])
        [
            "{{ " + new string('(', 100_000) + "1" + new string(')', 100_000) + " }}",
            "{{ " + new string('[', 100_000) + " }}",
            "{{ " + new string('-', 100_000) + "1 }}",
            "{{ " + string.Concat(Enumerable.Repeat("not ", 100_000)) + "1 }}",
            string.Concat(Enumerable.Repeat("{% if 1 %}", 100_000)),
            "{{ 1" + string.Concat(Enumerable.Repeat(" if 1 else 1", 100_000)) + " }}",
        ])
        {
            Assert.Throws<ChatTemplateException>(() => ChatTemplate.Parse(template).Apply(Hello));
        }

        // A long chain is no deep nesting for the reader, but may be for the evaluation: it gives its value or an error, never a crash.
        foreach (var part in (string[])[" + 1", "|string", "[0]", ".a", " is none", " and 1", " ~ 1", " if 1"])
        {
            var chain = "{{ 'aa'" + string.Concat(Enumerable.Repeat(part, 50_000)) + " }}";
            try
            {
                ChatTemplate.Parse(chain).Apply(Hello);
            }
            catch (ChatTemplateException)
            {
            }
        }
    }

    [Fact]
    public void Damaged_templates_give_their_own_exception_only()
    {
        const string source = "{%- set ns = namespace(a=1) %}{% for m in messages[::-1] %}{{ '<' ~ m['role'] | upper + \"x\" }}{% if loop.first and m.content is string %}{{ m.content.split('l')[0] | trim }}{% elif not m %}{% endif %}{% endfor %}{{ {'a': [1, 2.5]} | tojson }}";
        var random = new Random(20260101);
        const string alphabet = "{}%#-+'\"()[]|.,:~ \nabins0129*/=<>\\\u00e9\ud800";
        for (var i = 0; i < 5_000; i++)
        {
            var text = new System.Text.StringBuilder(source);
            for (var edits = random.Next(1, 5); edits > 0; edits--)
            {
                var at = random.Next(text.Length);
                if (random.Next(3) == 0) text.Remove(at, Math.Min(random.Next(1, 8), text.Length - at));
                else if (random.Next(2) == 0) text.Insert(at, alphabet[random.Next(alphabet.Length)]);
                else text[at] = alphabet[random.Next(alphabet.Length)];
                if (text.Length == 0) text.Append('x');
            }

            try
            {
                ChatTemplate.Parse(text.ToString()).Apply(Hello);
            }
            catch (ChatTemplateException)
            {
            }
        }
    }
}
