namespace Pare.Tests.Formats;

/// <summary>Damages files at random from a seed: cut, flipped, overwritten, inserted, removed, repeated.</summary>
internal sealed class Mutator
{
    private static readonly ulong[] s_interesting =
    [
        0, 1, 2, 7, 8, 31, 32, 33, 127, 128, 255, 256, 65535, 65536, int.MaxValue, 1UL << 31, uint.MaxValue, 1UL << 32, (1UL << 32) + 1,
        (1UL << 53) + 1, 1UL << 60, 1UL << 62, long.MaxValue - 31, long.MaxValue, 1UL << 63, ulong.MaxValue - 7, ulong.MaxValue,
    ];

    private readonly Random _random;

    public Mutator(int seed) => _random = new Random(seed);

    public int Below(int limit) => _random.Next(limit);

    public bool Chance(double probability) => _random.NextDouble() < probability;

    /// <summary>A number at which programs tend to fail.</summary>
    public ulong Interesting() => s_interesting[_random.Next(s_interesting.Length)];

    /// <summary>A damaged copy; most of the damage falls on the first <paramref name="directoryBytes"/>.</summary>
    public byte[] Damage(byte[] original, int directoryBytes)
    {
        var file = original.ToList();
        for (var times = 1 + _random.Next(3); times > 0 && file.Count > 0; times--)
        {
            var at = _random.Next(Chance(0.9) ? Math.Min(directoryBytes, file.Count) : file.Count);
            switch (_random.Next(7))
            {
                case 0:
                    file.RemoveRange(at, file.Count - at);
                    break;
                case 1:
                    file[at] ^= (byte)(1 << _random.Next(8));
                    break;
                case 2:
                    file[at] = (byte)_random.Next(256);
                    break;
                case 3:
                    var number = BitConverter.GetBytes(Chance(0.3) ? (ulong)file.Count + (ulong)_random.Next(5) - 2 : Interesting());
                    for (var i = 0; i < 1 << _random.Next(4) && at + i < file.Count; i++) file[at + i] = number[i];
                    break;
                case 4:
                    file.InsertRange(at, Enumerable.Range(0, 1 + _random.Next(16)).Select(_ => (byte)_random.Next(256)).ToArray());
                    break;
                case 5:
                    file.RemoveRange(at, Math.Min(1 + _random.Next(16), file.Count - at));
                    break;
                default:
                    var length = Math.Min(1 + _random.Next(64), file.Count - at);
                    file.InsertRange(_random.Next(file.Count), file.GetRange(at, length));
                    break;
            }
        }

        return [.. file];
    }
}
