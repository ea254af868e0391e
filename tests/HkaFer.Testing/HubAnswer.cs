namespace HkaFer.Testing;

/// <summary>An answer of a <see cref="HubServer"/>.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Body">What is sent after the headers.</param>
/// <param name="Headers">Without Content-Length.</param>
public sealed record HubAnswer(int Status, byte[] Body, params (string Name, string Value)[] Headers)
{
    /// <summary>The length that is declared; that of the body where not given, and none where negative.</summary>
    public long? Declared { get; init; }

    /// <summary>Bytes of the body after which the connection is closed.</summary>
    public int CutAfter { get; init; } = int.MaxValue;

    /// <summary>Waited for between the bytes before the cut and the close.</summary>
    public Task? Hold { get; init; }

    /// <summary>Text with a status.</summary>
    public static HubAnswer Text(int status, string body, params (string Name, string Value)[] headers) => new(status, System.Text.Encoding.UTF8.GetBytes(body), headers);
}
