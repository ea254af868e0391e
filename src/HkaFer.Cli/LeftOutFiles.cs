using HkaFer.Data;

namespace HkaFer.Cli;

/// <summary>Files that a folder holds beside its pictures and that are not looked at: an album shall not shrink without a word.</summary>
internal sealed class LeftOutFiles
{
    /// <summary>The endings of files that count as pictures, for messages.</summary>
    public static string Taken { get; } = string.Join(", ", Image.Endings);

    private int _count;
    private string _first = "";

    /// <summary>Counts one.</summary>
    public void Add(string path)
    {
        if (_count++ == 0)
        {
            _first = path;
        }
    }

    /// <summary>Says how many there were, if any.</summary>
    public void Tell(Output output)
    {
        if (_count > 0)
        {
            output.Message($"{_count:N0} file{(_count == 1 ? " is" : "s are")} no {Taken} and left out, the first is {Quoting.ShellWord(_first)}; name a file itself to have it read whatever it is called");
        }
    }
}
