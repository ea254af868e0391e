namespace HkaFer.Training;

/// <summary>A table or a figure of a paper, to be filled by this program: rows and columns, and for each cell what is trained and scored, and what the paper has there.</summary>
public sealed record Experiment
{
    /// <summary>Its name on the command line.</summary>
    public required string Name { get; init; }

    /// <summary>What it shows.</summary>
    public required string Title { get; init; }

    /// <summary>The part of which paper it remakes.</summary>
    public required string Source { get; init; }

    /// <summary>Names of the columns.</summary>
    public required IReadOnlyList<string> Columns { get; init; }

    /// <summary>The rows.</summary>
    public required IReadOnlyList<ExperimentRow> Rows { get; init; }

    /// <summary>What a reader must know before comparing: settings that differ from the paper's, or that it does not give.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>What was given and has no place in it.</summary>
    public IReadOnlyList<string> Unused { get; init; } = [];

    /// <summary>Pictures that it shows of its runs.</summary>
    public IReadOnlyList<ExperimentDrawing> Drawings { get; init; } = [];

    /// <summary>Draws the numbers, as SVG; null where a table says all.</summary>
    public Func<ExperimentTable, string>? Chart { get; init; }

    /// <summary>The scores that its cells need, each once; first those of the first seed, so that a whole table of one seed is there early.</summary>
    public IReadOnlyList<PlannedScore> Scores =>
    [
        .. Rows.SelectMany(row => row.Cells).SelectMany(cell => cell.Scores.Index()).OrderBy(score => score.Index).Select(score => score.Item)
            .Concat(Drawings.Select(drawing => drawing.Score))
            .DistinctBy(score => (score.Run.Name, score.Name)),
    ];

    /// <summary>The runs that its cells need, each once, those that others need before them.</summary>
    public IReadOnlyList<PlannedRun> Runs
    {
        get
        {
            var runs = new List<PlannedRun>();
            foreach (PlannedScore score in Scores)
            {
                Add(score.Run);
            }

            return runs;

            void Add(PlannedRun run)
            {
                foreach (PlannedRun needed in run.Needs)
                {
                    Add(needed);
                }

                if (runs.All(r => r.Name != run.Name))
                {
                    runs.Add(run);
                }
            }
        }
    }
}
