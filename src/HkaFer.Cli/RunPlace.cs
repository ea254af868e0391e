using HkaFer.Training;

namespace HkaFer.Cli;

/// <summary>Where a command that runs a recipe does so: the folder that its user named, or one of the recipe's name; and what is told of it.</summary>
internal sealed class RunPlace : IDisposable
{
    private readonly bool _named, _anew;
    private bool _told;

    /// <param name="recipe">The recipe as it was named.</param>
    /// <param name="named">The folder, or null.</param>
    /// <param name="resume">Whether a run that is there goes on.</param>
    public RunPlace(string recipe, string? named, bool resume)
    {
        string name = Path.GetFileNameWithoutExtension(recipe);
        _named = named is not null;
        Folder = named ?? (resume ? RunNames.Latest(name) : RunNames.Reserve(name));
        _anew = resume && !RunFolder.IsRun(Folder);
    }

    /// <summary>The run's folder.</summary>
    public string Folder { get; }

    /// <summary>Shows how far the run is, behind the name of the stage where there is one. The folder is told only when it goes on: a recipe that does not fit leaves none behind, and should not promise one.</summary>
    public IProgress<TrainingProgress> Progress(Output output, Func<string>? prefix = null) => new DirectProgress<TrainingProgress>(progress =>
    {
        if (!_told)
        {
            _told = true;
            output.Message($"run: {Folder}{(_anew ? "; nothing to resume yet, begins anew" : "")}");
        }

        TrainingLine.Show(output, progress, prefix?.Invoke() ?? "");
    });

    /// <summary>Tells how to go on with a run that was interrupted.</summary>
    public void TellHowToGoOn(Output output, string command, string recipe, IEnumerable<string> sets)
    {
        string again = string.Concat(sets.Select(set => $" --set {Quoting.ShellWord(set)}"));
        output.Error("interrupted; what was reached is saved. To go on: "
            + $"hkafer {command} {Quoting.ShellWord(recipe)} --out {Quoting.ShellWord(Folder)} --resume{again}");
    }

    /// <summary>Gives a number back that no run has used.</summary>
    public void Dispose()
    {
        if (!_named)
        {
            RunNames.Release(Folder);
        }
    }
}
