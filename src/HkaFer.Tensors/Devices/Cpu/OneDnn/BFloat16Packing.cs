using System.Runtime.InteropServices;

namespace HkaFer.Tensors;

/// <summary>
/// A bfloat16 matrix in the layouts that oneDNN's products want it in: one for x W^T and one for g W, made by the first of each and kept. Safe to use from several threads.
/// </summary>
internal sealed unsafe class BFloat16Packing
{
    private const int Alignment = 64;

    private readonly Lock _making = new();
    private (BFloat16Product.Prepared Reader, byte[] Block)[] _forms = [];

    /// <summary>The matrix as a product reads it.</summary>
    /// <param name="reader">The product.</param>
    /// <param name="weights">The matrix as it is.</param>
    public void* For(BFloat16Product.Prepared reader, void* weights)
    {
        if (Find(reader) is { } block)
        {
            return Start(block);
        }

        lock (_making)
        {
            block = Find(reader);
            if (block is null)
            {
                block = GC.AllocateUninitializedArray<byte>(checked((int)reader.PackedBytes + Alignment), pinned: true);
                reader.Pack(weights, Start(block));
                Volatile.Write(ref _forms, [.. _forms, (reader, block)]);
            }

            return Start(block);
        }
    }

    private byte[]? Find(BFloat16Product.Prepared reader)
    {
        foreach ((BFloat16Product.Prepared known, byte[] block) in Volatile.Read(ref _forms))
        {
            if (known == reader || known.ReadsAs(reader))
            {
                return block;
            }
        }

        return null;
    }

    private static void* Start(byte[] block) =>
        (void*)((Marshal.UnsafeAddrOfPinnedArrayElement(block, 0) + Alignment - 1) & ~(nint)(Alignment - 1));
}
