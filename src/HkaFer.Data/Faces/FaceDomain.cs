namespace HkaFer.Data;

/// <summary>
/// Two fixed worlds of faces with the same seven labels. They were settled before any method was compared on them and must not change
/// afterwards: a shift chosen with a method in view proves nothing about it.
/// </summary>
public enum FaceDomain
{
    /// <summary>
    /// Shaded renders like snapshots: skin, light from one side, half of them in grey, heads nearly frontal, a little noise and blur.
    /// </summary>
    Source,

    /// <summary>
    /// Drawings: flat grey tones and pencil lines on paper, every second one inverted (chalk on a board); proportions of a cartoon (eyes
    /// larger and wider apart, small low mouth, narrow jaw), 1.7 times the pose, stronger noise and blur, lower contrast.
    /// </summary>
    Shifted,
}
