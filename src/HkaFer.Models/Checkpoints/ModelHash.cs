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
            hash.AppendData(parameter.Value.Detach().Contiguous().ToBytes());
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
