namespace HkaFer.Training;

/// <summary>Marks a property that can be set in code but is no key of the file.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class NotAKeyAttribute : Attribute;
