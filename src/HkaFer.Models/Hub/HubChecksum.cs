using System.Security.Cryptography;
using System.Text;

namespace HkaFer.Models;

/// <summary>The checksum that names a file in the hub: SHA-256 of a large file's content (64 digits), or a small one's SHA-1 as git counts it (40 digits).</summary>
internal static class HubChecksum
{
    private const int Sha256Digits = 64, GitDigits = 40;

    internal static bool IsOne(string text) => text.Length is Sha256Digits or GitDigits && text.All(char.IsAsciiHexDigitLower);

    /// <summary>The checksum of a file, of the kind that <paramref name="expected"/> is.</summary>
    /// <param name="path">The file.</param>
    /// <param name="expected">What it should be.</param>
    /// <param name="step">Told of each number of bytes that were read.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="HkaFerException">The file cannot be read.</exception>
    internal static string Of(string path, string expected, Action<int> step, CancellationToken cancel)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            using var hash = IncrementalHash.CreateHash(expected.Length == GitDigits ? HashAlgorithmName.SHA1 : HashAlgorithmName.SHA256);
            if (expected.Length == GitDigits)
            {
                hash.AppendData(Encoding.ASCII.GetBytes($"blob {stream.Length}\0"));
            }

            var part = new byte[1 << 20];
            for (int count; (count = stream.Read(part)) > 0;)
            {
                cancel.ThrowIfCancellationRequested();
                hash.AppendData(part.AsSpan(0, count));
                step(count);
            }

            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HkaFerException($"{path}: cannot be read ({e.Message}); check the cache's permissions", e);
        }
    }
}
