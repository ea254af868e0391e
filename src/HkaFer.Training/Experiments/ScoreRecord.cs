using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using HkaFer.Data;

namespace HkaFer.Training;

/// <summary>How a run did on some pictures: its measures, and what it said of each picture, so that two runs can be compared on the same ones.</summary>
public sealed record ScoreRecord
{
    /// <summary>Share of right answers.</summary>
    public const string Accuracy = "accuracy";

    /// <summary>Mean F1 over the classes that occur in the truth.</summary>
    public const string MacroF1 = "macro_f1";

    /// <summary>Accuracy of the epoch that did best on the pictures that are reported; where no third split chose the epoch.</summary>
    public const string BestAccuracy = "best_accuracy";

    /// <summary>Mean recall over the classes that occur in the truth.</summary>
    public const string BalancedAccuracy = "balanced_accuracy";

    private static readonly JsonSerializerOptions s_plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, WriteIndented = true, NewLine = "\n" };

    /// <summary>What was scored, in words: the data and its split.</summary>
    public required string Data { get; init; }

    /// <summary>Measures by name, finite: <see cref="Accuracy"/>, <see cref="MacroF1"/>, <see cref="BalancedAccuracy"/>, and what else there is.</summary>
    public required IReadOnlyDictionary<string, double> Measures { get; init; }

    /// <summary>One a picture, in their order.</summary>
    public required IReadOnlyList<ScoredPicture> Pictures { get; init; }

    /// <summary>What it draws, as SVG; null where it draws nothing.</summary>
    public string? Drawing { get; init; }

    /// <summary>What a reader of the score should know: classes that were dropped, pictures on a list that are not there.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Whether it is of these pictures, under this title.</summary>
    internal bool IsOf(string title, ImageDataset pictures) =>
        Data == title && Pictures.Count == pictures.Count && Pictures.Index().All(picture => (picture.Item.Path, picture.Item.Truth) == Named(pictures, picture.Index));

    /// <summary>A picture as scores name it.</summary>
    internal static (string Path, string Truth) Named(ImageDataset pictures, int index)
    {
        Sample sample = pictures[index];
        return (sample.Path, pictures.Classes[sample.Label]);
    }

    /// <summary>Writes the score; no clock readings, so that equal runs give equal files.</summary>
    /// <exception cref="HkaFerException">The file cannot be written.</exception>
    public void Save(string path)
    {
        var json = new JsonObject
        {
            ["data"] = Data,
            ["measures"] = new JsonObject(Measures.OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => KeyValuePair.Create(m.Key, (JsonNode?)m.Value))),
            ["notes"] = new JsonArray([.. Notes.Select(note => (JsonNode)note)]),
            ["pictures"] = new JsonArray([.. Pictures.Select(p => (JsonNode)new JsonArray(p.Path, p.Truth, p.Label))]),
        };
        if (Drawing is not null)
        {
            json["drawing"] = Drawing;
        }

        AtomicFile.WriteText(path, json.ToJsonString(s_plain) + "\n");
    }

    /// <summary>Reads a score.</summary>
    /// <returns>Null where there is none, or where the file is damaged: it is then scored again.</returns>
    public static ScoreRecord? Read(string path)
    {
        try
        {
            if (!File.Exists(path))
            {
                return null;
            }

            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            JsonElement json = document.RootElement;
            return new ScoreRecord
            {
                Data = json.GetProperty("data").GetString()!,
                Measures = json.GetProperty("measures").EnumerateObject().ToDictionary(m => m.Name, m => m.Value.GetDouble(), StringComparer.Ordinal),
                Notes = [.. json.GetProperty("notes").EnumerateArray().Select(note => note.GetString()!)],
                Pictures = [.. json.GetProperty("pictures").EnumerateArray().Select(p => new ScoredPicture(p[0].GetString()!, p[1].GetString()!, p[2].GetString()))],
                Drawing = json.TryGetProperty("drawing", out JsonElement drawing) ? drawing.GetString() : null,
            };
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or IndexOutOfRangeException or ArgumentException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HkaFerException($"{path}: cannot be read ({e.Message}); check its permissions", e);
        }
    }
}
