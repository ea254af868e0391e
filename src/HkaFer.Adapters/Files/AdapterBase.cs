using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using HkaFer.Models;

namespace HkaFer.Adapters;

/// <summary>Whether a model is the one that an adapter was trained on.</summary>
internal static class AdapterBase
{
    /// <summary>The entry of the config with the backbone's settings.</summary>
    internal const string SettingsKey = "base_model_config";

    /// <summary>Compares hash and settings with those that the file names, where it names any.</summary>
    /// <exception cref="HkaFerException">They differ.</exception>
    internal static void Check(AdapterFile file, Module backbone)
    {
        string expected = new AdapterJson(file.Json, file.ConfigPath).Text("base_model_hash", "");
        if (expected.Length > 0 && ModelHash.Of(backbone) is var actual && actual != expected)
        {
            throw new HkaFerException(
                $"{file.Folder}: the adapter was trained on another backbone ({file.Base}, weights {expected[..Math.Min(12, expected.Length)]}); this one has weights {actual[..12]}; name the right one with --backbone");
        }

        // Equal weights do not yet make an equal model. Files from before this entry have none.
        if (file.Json.TryGetProperty(SettingsKey, out JsonElement then) && then.ValueKind == JsonValueKind.Object && backbone is ImageEncoder encoder
            && Difference(then, encoder.Settings()) is { } difference)
        {
            throw new HkaFerException(
                $"{file.Folder}: the adapter was trained on another backbone ({file.Base}): the weights are the same, but {difference}; name the right one with --backbone, or mend its config.json");
        }
    }

    /// <summary>The first value that both know and that differs; a version may name more than another.</summary>
    private static string? Difference(JsonElement then, JsonObject now)
    {
        foreach ((string key, JsonNode? value) in now)
        {
            string present = value?.ToJsonString() ?? "null";
            if (then.TryGetProperty(key, out JsonElement before) && !Same(before.GetRawText(), present))
            {
                return $"{key} was {Nearest.Cut(before.GetRawText())} and is {present} now";
            }
        }

        return null;

        static bool Same(string a, string b) => a == b
            || (double.TryParse(a, CultureInfo.InvariantCulture, out double x) && double.TryParse(b, CultureInfo.InvariantCulture, out double y) && x == y);
    }
}
