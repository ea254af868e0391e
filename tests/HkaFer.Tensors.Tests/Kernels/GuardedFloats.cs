using System.Runtime.InteropServices;

namespace HkaFer.Tensors.Tests.Kernels;

/// <summary>
/// Floats that end exactly where their page does, before a page that may not be touched: a read or write beyond the end faults instead of
/// passing unseen. Before them stand canaries that <see cref="Check"/> looks at. Off Linux, canaries alone, on both sides.
/// </summary>
internal sealed unsafe partial class GuardedFloats : IDisposable
{
    private const int Canaries = 64;
    private const float Canary = 1.2345e30f;
    private readonly byte* _base;
    private readonly nuint _bytes;
    private readonly bool _mapped = OperatingSystem.IsLinux();

    public GuardedFloats(int length)
    {
        Length = length;
        var page = (nuint)Environment.SystemPageSize;
        var needed = (nuint)(length + Canaries) * sizeof(float);
        var usable = (needed + page - 1) / page * page;
        _bytes = usable + page;
        if (_mapped)
        {
            _base = (byte*)mmap(null, _bytes, 3, 0x22, -1, 0);
            if (_base == (byte*)-1 || mprotect(_base + usable, page, 0) != 0)
            {
                throw new InvalidOperationException("mmap failed");
            }
        }
        else
        {
            _base = (byte*)NativeMemory.AlignedAlloc(_bytes, page);
        }
        Pointer = (float*)(_base + usable) - length;
        new Span<float>(Pointer - Canaries, Canaries).Fill(Canary);
        if (!_mapped)
        {
            new Span<float>(Pointer + length, Canaries).Fill(Canary);
        }
    }

    public int Length { get; }

    public float* Pointer { get; }

    public Span<float> Span => new(Pointer, Length);

    public void Check()
    {
        Assert.False(new Span<float>(Pointer - Canaries, Canaries).ContainsAnyExcept(Canary), "memory before the operand was written");
        if (!_mapped)
        {
            Assert.False(new Span<float>(Pointer + Length, Canaries).ContainsAnyExcept(Canary), "memory behind the operand was written");
        }
    }

    public void Dispose()
    {
        if (_mapped)
        {
            _ = munmap(_base, _bytes);
        }
        else
        {
            NativeMemory.AlignedFree(_base);
        }
    }

    [LibraryImport("libc")]
    private static partial void* mmap(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc")]
    private static partial int mprotect(void* address, nuint length, int protection);

    [LibraryImport("libc")]
    private static partial int munmap(void* address, nuint length);
}
