namespace HkaFer.Models;

/// <summary>What one side of a chat says.</summary>
/// <param name="Role"><c>system</c>, <c>user</c> or <c>assistant</c>.</param>
/// <param name="Parts">Text and images in their order.</param>
public sealed record ChatMessage(string Role, params IReadOnlyList<ChatPart> Parts);
