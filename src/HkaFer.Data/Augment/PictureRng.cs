namespace HkaFer.Data;

/// <summary>
/// Random numbers that are the same on every machine and in every version: SplitMix64 (Steele, Lea and Flood 2014), a counter through a
/// mixing function, whose state is 8 bytes on the stack (<see cref="HkaFer.Rng"/> draws weights). A picture's augmentation depends on its own seed alone, so neither the order nor the number of workers changes it.
/// </summary>
/// <param name="seed">Any 64 bits.</param>
internal struct PictureRng(ulong seed)
{
    const ulong Step = 0x9E3779B97F4A7C15;

    ulong _counter = seed;

    /// <summary>A seed for one thing among many: the mixture of, for example, the run's seed, the epoch and the picture's index.</summary>
    public static ulong Derive(params ReadOnlySpan<ulong> parts)
    {
        ulong seed = 0;
        foreach (ulong part in parts)
        {
            // Mixed before and after each part: neighbouring epochs and indices must not give shifted copies of one sequence.
            seed = Mix(seed + Step ^ Mix(part + Step));
        }

        return seed;
    }

    /// <summary>64 random bits.</summary>
    public ulong NextBits() => Mix(_counter += Step);

    /// <summary>Uniform in [0, 1), a multiple of 2^-53.</summary>
    public double NextDouble() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in [<paramref name="low"/>, <paramref name="high"/>).</summary>
    public double Uniform(double low, double high) => low + (high - low) * NextDouble();

    /// <summary>A whole number in [0, <paramref name="count"/>), all equally likely.</summary>
    /// <param name="count">At least 1.</param>
    public int NextInt(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        // Lemire's multiplication: the few low products that would favour some numbers are drawn again.
        ulong product = (NextBits() >> 32) * (ulong)count;
        if ((uint)product < (uint)count)
        {
            uint unfair = (uint)(-(long)count & uint.MaxValue) % (uint)count;
            while ((uint)product < unfair)
            {
                product = (NextBits() >> 32) * (ulong)count;
            }
        }

        return (int)(product >> 32);
    }

    /// <summary>Puts the items into a random order, all orders equally likely (Fisher and Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = NextInt(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    static ulong Mix(ulong x)
    {
        x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9;
        x = (x ^ x >> 27) * 0x94D049BB133111EB;
        return x ^ x >> 31;
    }
}
