namespace HkaFer.Models;

/// <summary>Something failed that may not fail the next time.</summary>
/// <param name="what">What failed.</param>
/// <param name="after">How long the server asks to wait.</param>
/// <param name="cause">What it was.</param>
internal sealed class HubTrouble(string what, TimeSpan? after = null, Exception? cause = null) : Exception(what, cause)
{
    internal TimeSpan? After => after;
}
