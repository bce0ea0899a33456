using Pare.Formats;
using Pare.TestSupport;
using Pare.Tokenization;

namespace Pare.Tests.Tokenization;

public class SentencePieceTests
{
    [Fact]
    public void The_sample_model_s_tokenizer_is_read()
    {
        var tokenizer = TokenizerLoader.Load(SharedFiles.InRepository("models", "stories260K"));
        Assert.Equal(512, tokenizer.VocabularySize);
        Assert.Equal((1, 2, 0), (tokenizer.BosId, tokenizer.EosId, tokenizer.UnknownId));
        Assert.True(tokenizer.AddsBos);
        Assert.True(tokenizer.IsSpecial(1));
        Assert.Null(tokenizer.ChatTemplate);
        Assert.Equal([2], tokenizer.StopIds);
        Assert.Equal("Once upon a time", tokenizer.Decode(tokenizer.Encode("Once upon a time"), skipSpecialTokens: true));
    }

    // The definition, slow and plain: of all neighbours whose joint text is a piece, merge the best, of equals the leftmost, until none is left.
    [Fact]
    public void Ids_equal_the_definition_on_the_sample_text()
    {
        var path = SharedFiles.InRepository("models", "stories260K", "tokenizer.model");
        var model = SentencePieceReader.Read(File.ReadAllBytes(path), path);
        var pieces = new Dictionary<string, int>();
        for (var id = 0; id < model.Pieces.Count; id++) pieces.TryAdd(model.Pieces[id].Text, id);
        var tokenizer = TokenizerLoader.Load(Path.GetDirectoryName(path)!);
        var random = new Random(3);
        const string alphabet = "etaoin shrdlu .,!?'\"TOLMW\n-é3";
        for (var round = 0; round < 300; round++)
        {
            var text = new string([.. Enumerable.Range(0, random.Next(1, 80)).Select(_ => alphabet[random.Next(alphabet.Length)])]).Trim(' ');
            while (text.Contains("  ", StringComparison.Ordinal)) text = text.Replace("  ", " ", StringComparison.Ordinal);
            if (text.Length == 0) continue;
            var symbols = ("▁" + text.Replace(' ', '▁')).Select(character => character.ToString()).ToList();
            while (true)
            {
                var best = -1;
                for (var i = 0; i + 1 < symbols.Count; i++)
                {
                    if (!pieces.TryGetValue(symbols[i] + symbols[i + 1], out var id) || model.Pieces[id].Kind != PieceKind.Normal) continue;
                    if (best < 0 || model.Pieces[id].Score > model.Pieces[pieces[symbols[best] + symbols[best + 1]]].Score) best = i;
                }

                if (best < 0) break;
                symbols[best] += symbols[best + 1];
                symbols.RemoveAt(best + 1);
            }

            var expected = symbols.SelectMany(symbol => pieces.TryGetValue(symbol, out var id)
                ? [id]
                : System.Text.Encoding.UTF8.GetBytes(symbol).Select(value => pieces[$"<0x{value:X2}>"])).ToArray();
            Assert.Equal(expected, tokenizer.Encode(text, addSpecialTokens: false));
        }
    }

    [Fact]
    public void A_piece_of_more_than_512_characters_is_refused_by_its_id()
    {
        Assert.Equal(2, Build(512).VocabularySize);
        Assert.Equal("piece 1", Assert.Throws<ModelFormatException>(() => Build(513)).Place);

        static Tokenizer Build(int length)
        {
            var model = new SentencePieceModel { ModelType = 2 };
            model.Pieces.Add(("<unk>", 0, PieceKind.Unknown));
            model.Pieces.Add((new string('a', length), -1, PieceKind.Normal));
            return SentencePieceBuilder.Build(model, "made", 1000, new TokenizerSettings(), findControls: false, "made");
        }
    }

    [Fact]
    public void User_defined_pieces_are_found_first_and_unused_ones_are_taken_apart()
    {
        var model = new SentencePieceModel { ModelType = 2, RemovesExtraSpaces = false, AddsDummyPrefix = false };
        foreach (var (text, kind) in ((string, PieceKind)[])[("<unk>", PieceKind.Unknown), ("a", PieceKind.Normal), ("b", PieceKind.Normal), ("ab", PieceKind.Unused), ("[a]", PieceKind.UserDefined), ("[a", PieceKind.UserDefined), ("ba", PieceKind.Normal), ("abba", PieceKind.Normal)])
        {
            model.Pieces.Add((text, -model.Pieces.Count, kind));
        }

        var tokenizer = SentencePieceBuilder.Build(model, "made", 1000, new TokenizerSettings { AddBos = false }, findControls: false, "made");
        Assert.Equal([1, 2], tokenizer.Encode("ab"));
        Assert.Equal([4, 5, 2], tokenizer.Encode("[a][ab"));
        Assert.Equal([7], tokenizer.Encode("abba"));
        Assert.Equal([0, 1, 0], tokenizer.Encode("xyzaq"));
        Assert.Equal([0, 2], tokenizer.Encode("<unk>b"));
    }

    [Fact]
    public void Extra_spaces_go_where_the_model_says_so()
    {
        var model = new SentencePieceModel { RemovesExtraSpaces = true };
        Assert.Equal("▁a▁b", new SentencePieceNormalizer(model, null).Apply("  a   b "));
        Assert.Equal("", new SentencePieceNormalizer(model, null).Apply("   "));
        model.SpaceIsSuffix = true;
        Assert.Equal("a▁b▁", new SentencePieceNormalizer(model, null).Apply(" a b"));
        model.RemovesExtraSpaces = false;
        model.AddsDummyPrefix = false;
        Assert.Equal("▁▁a", new SentencePieceNormalizer(model, null).Apply("  a"));
    }

    [Fact]
    public void A_character_map_replaces_the_longest_sequence()
    {
        // A trie by hand: root unit 0 with offset 256; "A" (0x41) at 256 ^ 0x41 leads on with offset 512 and has a value; "AB" has another.
        var units = new uint[1024];
        units[0] = 256u << 10;
        units[256 ^ 'A'] = (uint)'A' | 0x100 | ((512u ^ 256 ^ 'A') << 10);
        units[512] = 0x80000000;
        units[512 ^ 'B'] = (uint)'B' | 0x100 | ((768u ^ 512 ^ 'B') << 10);
        units[768] = 0x80000000 | 3;
        var bytes = new List<byte>(BitConverter.GetBytes(units.Length * 4));
        foreach (var unit in units) bytes.AddRange(BitConverter.GetBytes(unit));
        bytes.AddRange("aa\0é\0"u8);
        var map = CharacterMap.Read([.. bytes], "made");
        Assert.Equal("éaaxé日", map.Apply("ABAxAB日"));
        Assert.Throws<Pare.Formats.ModelFormatException>(() => CharacterMap.Read([1, 2, 3], "made"));
        Assert.Throws<Pare.Formats.ModelFormatException>(() => CharacterMap.Read([255, 255, 255, 127, 0], "made"));
    }
}
