namespace HkaFer.Data;

/// <summary>A label that may be wrong. Nobody knows until somebody looks.</summary>
/// <param name="Picture">The picture and the label that it has.</param>
/// <param name="Suspect">The label that it may rather have.</param>
/// <param name="Reason">What speaks for it: <c>duplicate</c>, <c>votes</c> or <c>model</c>.</param>
/// <param name="Score">How doubtful, more being worse; comparable within a reason only.</param>
/// <param name="Detail">In words.</param>
public sealed record LabelDoubt(LabelledPicture Picture, string Suspect, string Reason, double Score, string Detail);
