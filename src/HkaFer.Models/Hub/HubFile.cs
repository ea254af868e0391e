namespace HkaFer.Models;

/// <summary>A file of a model of the hub.</summary>
/// <param name="Name">Its name in the repository and in the folder.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Fetched">Whether it was fetched now; else it was whole already.</param>
public sealed record HubFile(string Name, long Bytes, bool Fetched);
