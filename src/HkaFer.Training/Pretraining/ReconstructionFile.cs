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

    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true };

    /// <summary>Adds an epoch; takes away those that come after it, which a run that was cut trains again.</summary>
    /// <param name="path">The file.</param>
    /// <param name="epoch">From 1.</param>
    /// <param name="loss">On all held-out pictures.</param>
    /// <param name="pictures">Pictures beside each other on the sheet.</param>
    /// <param name="sheet">From <see cref="Reconstruction.Sheet"/>.</param>
    internal static void Add(string path, int epoch, double loss, int pictures, Image sheet)
    {
        int size = sheet.Width / pictures;
        Image small = size <= Edge ? sheet : sheet.Resize(pictures * Edge, 3 * Edge);
        var entry = new JsonObject { ["epoch"] = epoch, ["loss"] = loss, ["pictures"] = pictures, ["png"] = Convert.ToBase64String(small.EncodePng()) };
        IEnumerable<JsonNode?> kept = Read(path).Where(e => e.Number("epoch") < epoch).Select(e => (JsonNode?)JsonObject.Create(e));
        AtomicFile.WriteText(path, new JsonObject { ["epochs"] = new JsonArray([.. kept, entry]) }.ToJsonString(s_json) + "\n");
    }

    /// <summary>The epochs that are in it; none where there is no file.</summary>
    /// <exception cref="HkaFerException">The file is damaged.</exception>
    internal static IReadOnlyList<JsonElement> Read(string path) => File.Exists(path) ? CheckpointFolder.ReadJson(path).Items("epochs") : [];
}
