namespace HkaFer.Models;

/// <summary>How far a model of the hub is fetched.</summary>
/// <param name="Step">What is done with the file.</param>
/// <param name="File">Its name.</param>
/// <param name="Done">Bytes of all files that are done.</param>
/// <param name="Total">Bytes of all files.</param>
/// <param name="BytesPerSecond">Rate since the first byte was fetched; 0 before.</param>
/// <param name="Note">What a person should know: why there is a wait, what is fetched again.</param>
public sealed record HubProgress(HubStep Step, string File, long Done, long Total, double BytesPerSecond, string? Note = null)
{
    /// <summary>Time until all is done at this rate; null while there is none.</summary>
    public TimeSpan? Remaining => BytesPerSecond > 0 ? TimeSpan.FromSeconds(Math.Min((Total - Done) / BytesPerSecond, 359_999)) : null;
}
