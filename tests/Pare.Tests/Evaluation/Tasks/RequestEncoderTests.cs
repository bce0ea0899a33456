using Pare.Evaluation.Tasks;
using Pare.TestSupport;
using Pare.Tokenization;

namespace Pare.Tests.Evaluation.Tasks;

public class RequestEncoderTests
{
    private static readonly Tokenizer Small = TokenizerLoader.Load(SharedFiles.InRepository("models", "stories260K"));

    [Fact]
    public void Both_together_are_the_tokens_of_the_whole()
    {
        var (context, continuation) = new RequestEncoder(Small).Encode("Once upon a time", " there was a dog");
        Assert.Equal(Small.Encode("Once upon a time"), context);
        Assert.Equal(Small.Encode("Once upon a time there was a dog")[context.Length..], continuation);
    }

    [Fact]
    public void Blanks_at_the_end_of_the_context_move_to_the_continuation()
    {
        var encoder = new RequestEncoder(Small);
        var moved = encoder.Encode("Once upon \n", "a time");
        var direct = encoder.Encode("Once upon", " \na time");
        Assert.Equal(direct.Context, moved.Context);
        Assert.Equal(direct.Continuation, moved.Continuation);
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    public void Without_a_context_the_text_follows_the_beginning_token(string context)
    {
        var (given, continuation) = new RequestEncoder(Small).Encode(context, "dog");
        Assert.Equal([Small.BosId!.Value], given);
        Assert.Equal(Small.Encode(context + "dog", addSpecialTokens: false), continuation);
    }
}
