using System.Security.Cryptography;
using System.Text;
using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>
/// Tells backbones apart by content: SHA-256 over names, shapes and float32 values of all parameters, so that shards, file order and storage
/// type do not matter.
/// </summary>
public static class ModelHash
{
    /// <summary>Elements that are hashed at a time: 4 MiB of float32.</summary>
    private const int Piece = 1 << 20;

    /// <summary>The hash as 64 hexadecimal digits.</summary>
    public static string Of(Module model)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (model.OriginalHash is { } known)
        {
            return known;
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((string path, Parameter parameter) in model.Parameters().OrderBy(p => p.Path, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{path} {parameter.Shape}\n"));
            Append(hash, parameter.Value.Detach());
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>
    /// The hash of a model as it is, which is then given for it whatever is merged into its weights: adapters name the checkpoint that they belong to. It is also
    /// computed once only, which for billions of weights takes seconds.
    /// </summary>
    public static string Keep(QwenVl model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model.OriginalHash ??= Of(model);
    }

    /// <summary>Whether <see cref="Keep"/> was called.</summary>
    public static bool IsKept(QwenVl model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model.OriginalHash is not null;
    }

    /// <summary>A piece at a time: an embedding table alone may be larger than an array.</summary>
    private static void Append(IncrementalHash hash, Tensor value)
    {
        using IDisposable paused = Tape.NoGrad();
        Tensor flat = value.Contiguous().Reshape(-1);
        for (int at = 0; at < flat.Shape[0]; at += Piece)
        {
            using IDisposable step = Tape.Step();
            hash.AppendData(flat.Slice(0, at, Math.Min(Piece, flat.Shape[0] - at)).To(DType.Float32).ToBytes());
        }
    }
}
