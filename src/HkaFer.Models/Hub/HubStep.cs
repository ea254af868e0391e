namespace HkaFer.Models;

/// <summary>A step of fetching a file.</summary>
public enum HubStep
{
    /// <summary>It is there; its checksum is computed.</summary>
    Checking,

    /// <summary>Another process fetches it, or the server asked for patience.</summary>
    Waiting,

    /// <summary>It is fetched.</summary>
    Fetching,

    /// <summary>It is in its place.</summary>
    Done,
}
