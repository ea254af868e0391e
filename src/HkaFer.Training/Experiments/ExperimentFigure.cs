namespace HkaFer.Training;

/// <summary>Draws a figure of an experiment.</summary>
/// <param name="table">The numbers.</param>
/// <param name="place">Where the folder of a run is.</param>
/// <param name="folder">Where the figure's files go.</param>
/// <param name="cancel">Stops it.</param>
/// <returns>The files, and what could not be drawn.</returns>
public delegate FigureFiles ExperimentFigure(ExperimentTable table, Func<PlannedRun, string> place, string folder, CancellationToken cancel);

