using HkaFer.Training;

namespace HkaFer.Cli.Tests;

public sealed class QuickstartReportTests
{
    [Fact]
    public void Page_shows_methods_and_faces_by_relative_links()
    {
        string folder = Path.Combine(Path.GetTempPath(), $"hkafer report ä {Guid.NewGuid():N}");
        try
        {
            string path = QuickstartReport.Write(folder, new QuickstartResult
            {
                Rows = [new QuickstartRow("heka", 12345, 0.875, 0.5, 3)],
                Accuracy = 0.875,
                Chance = 1 / 7.0,
                Seconds = 4,
                Run = folder,
                Adapter = Path.Combine(folder, "<last>"),
                Predictions =
                [
                    new QuickstartPrediction(Path.Combine(folder, "faces", "ü #1.png"), "fear",
                        new Prediction(["fear", "anger"], [0.25f, 0.75f])),
                ],
            });
            string page = File.ReadAllText(path);
            Assert.Contains("<td>12,345<td>87.50 %", page);
            Assert.Contains("src=\"faces/%C3%BC%20%231.png\"", page);
            Assert.Contains("class=\"wrong\"", page);
            Assert.Contains("anger 75.0 %", page);
            Assert.Contains("&lt;last&gt;", page);
            Assert.DoesNotContain("http", page);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
