using System.Text.Json;
using System.Text.Json.Nodes;
using HkaFer.Data;
using HkaFer.Models;

namespace HkaFer.Training;

/// <summary><c>reconstructions.json</c> of a pre-training run: what the model made of a few held-out pictures after some epochs.</summary>
internal static class ReconstructionFile
{
    /// <summary>Longest side of a picture in it.</summary>
    private const int Edge = 96;

    /// <summary>Letters of pictures that are kept, 8 MiB: all stand in the report, and a file without bounds could one day not be read.</summary>
    private const int Budget = 8 << 20;

    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true };

    /// <summary>
    /// Adds an epoch; takes away those that come after it, which a run that was cut trains again. Where they grow too many, the first and the latest stay.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="epoch">From 1.</param>
    /// <param name="loss">On all held-out pictures.</param>
    /// <param name="pictures">Pictures beside each other on the sheet.</param>
    /// <param name="sheet">From <see cref="Reconstruction.Sheet"/>.</param>
    internal static void Add(string path, int epoch, double loss, int pictures, Image sheet)
    {
        int size = sheet.Width / pictures;
        Image small = size <= Edge ? sheet : sheet.Resize(pictures * Edge, 3 * Edge);
        string png = Convert.ToBase64String(small.EncodePng());
        var entry = new JsonObject { ["epoch"] = epoch, ["loss"] = loss, ["pictures"] = pictures, ["png"] = png };
        List<JsonElement> kept = [.. Earlier(path).Where(e => e.Number("epoch") < epoch)];
        long letters = png.Length + kept.Sum(Length);
        while (kept.Count > 1 && letters > Budget)
        {
            letters -= Length(kept[1]);
            kept.RemoveAt(1);
        }

        AtomicFile.WriteText(path, new JsonObject { ["epochs"] = new JsonArray([.. kept.Select(e => (JsonNode?)JsonObject.Create(e)), entry]) }.ToJsonString(s_json) + "\n");
    }

    /// <summary>The epochs that are in it; none where there is no file.</summary>
    /// <exception cref="HkaFerException">The file is damaged.</exception>
    internal static IReadOnlyList<JsonElement> Read(string path) => File.Exists(path) ? CheckpointFolder.ReadJson(path).Items("epochs") : [];

    /// <summary>A damaged file costs its pictures, and not the run that would add to them.</summary>
    private static IReadOnlyList<JsonElement> Earlier(string path)
    {
        try
        {
            return Read(path);
        }
        catch (HkaFerException)
        {
            return [];
        }
    }

    private static long Length(JsonElement entry) => entry.Text("png")?.Length ?? 0;
}
