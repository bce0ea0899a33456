using System.Text;
using Pare.Evaluation.Tasks;

namespace Pare.Tests.Evaluation.Tasks;

public class StandardDocumentsTests
{
    private static JsonRecord Record(string json) => JsonRecord.ReadLines("f.jsonl", Encoding.UTF8.GetBytes(json)).Single();

    [Fact]
    public void HellaSwag_texts_lose_the_marks_of_their_source()
    {
        Assert.Equal("Roof. Clean it now", StandardDocuments.Clean(" Roof [title] Clean it [step] now".Replace(" [title] ", " [title]", StringComparison.Ordinal)));
        Assert.Equal("a b", StandardDocuments.Clean("a [x] b"));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("a Few Women", "A few women")]
    [InlineData("then", "Then")]
    [InlineData(", The man", ", the man")]
    [InlineData("éCOLE", "École")]
    public void Only_the_first_letter_stays_upper_case(string text, string expected) => Assert.Equal(expected, StandardDocuments.Capitalize(text));

    [Fact]
    public void WinoGrande_scores_the_same_rest_behind_each_option()
    {
        var document = StandardDocuments.WinoGrande(Record("""{"context_options":["so Ann","so Bea"],"continuation":"left.","gold":1}"""));
        Assert.Equal([("so Ann", " left."), ("so Bea", " left.")], document.Choices.Select(choice => (choice.Context, choice.Continuation)));
        Assert.Equal(1, document.Gold);
    }

    [Fact]
    public void Characters_are_code_points_without_the_space_before_the_choice()
    {
        var document = StandardDocuments.OpenBookQa(Record("""{"query":"q","choices":["é🙂","ab c"],"gold":0}"""));
        Assert.Equal([2, 4], document.Choices.Select(choice => choice.Characters));
        Assert.Equal("q é🙂", document.AsExample());
    }

    [Fact]
    public void The_word_before_a_BoolQ_passage_is_left_out() =>
        Assert.Equal("It is.\nQuestion: is it?\nAnswer:", StandardDocuments.BoolQ(Record("""{"query":"Passage: It is.\nQuestion: is it?","choices":["no","yes"],"gold":1}""")).Choices[0].Context);
}
