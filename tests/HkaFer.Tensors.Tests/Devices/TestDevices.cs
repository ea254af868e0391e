using System.Collections.Concurrent;
using HkaFer.Tensors.Kernels;

namespace HkaFer.Tensors.Tests.Devices;

/// <summary>Processor devices forced to one instruction set and thread count.</summary>
internal static class TestDevices
{
    private static readonly ConcurrentDictionary<(string, int), CpuDevice> s_made = [];

    /// <summary>Every set that this processor runs, by name.</summary>
    public static TheoryData<string> Sets => [.. InstructionSets.Supported.Select(set => set.ToString())];

    /// <summary>Every such set with 1, 2 and 3 threads.</summary>
    public static TheoryData<string, int> SetsAndThreads
    {
        get
        {
            var rows = new TheoryData<string, int>();
            foreach (InstructionSet set in InstructionSets.Supported)
            {
                for (int threads = 1; threads <= 3; threads++) { rows.Add(set.ToString(), threads); }
            }

            return rows;
        }
    }

    /// <summary>The device; its threads live as long as the test program.</summary>
    public static CpuDevice Of(string set, int threads = 2) =>
        s_made.GetOrAdd((set, threads), key => new CpuDevice(Enum.Parse<InstructionSet>(key.Item1), new Workers(key.Item2)));
}
