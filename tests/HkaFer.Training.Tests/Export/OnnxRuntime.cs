using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using HkaFer.Testing;

namespace HkaFer.Training.Tests;

/// <summary>ONNX Runtime for Node.js, which the test script installs where npm is.</summary>
internal static class OnnxRuntime
{
    private static readonly string s_modules = Path.Combine(Fixtures.Root, "artifacts", "onnxruntime", "node_modules");

    /// <summary>Whether tests may leave it out where it is not installed.</summary>
    private static readonly bool s_required = Environment.GetEnvironmentVariable("HKAFER_REQUIRE_ONNX") is { Length: > 0 } and not "0";

    private static readonly bool s_installed = Directory.Exists(Path.Combine(s_modules, "onnxruntime-node")) && NodeRuns();

    /// <summary>Whether exported models are to be run: where it is installed, or <c>HKAFER_REQUIRE_ONNX=1</c> says that it must be.</summary>
    public static bool IsHere { get; } = s_installed || s_required;

    /// <summary>Logits of a file for normalised pictures, and what the file says the probabilities are.</summary>
    public static (float[] Logits, float[] Probabilities) Run(string model, float[] pixels, int batch, int size)
    {
        Assert.True(s_installed, $"HKAFER_REQUIRE_ONNX is set, and ONNX Runtime is not installed in {s_modules}, or node does not run; ./test installs it where npm reaches its registry");
        using var scratch = new Scratch();
        string input = scratch["input.bin"], output = scratch["output.bin"];
        File.WriteAllBytes(input, MemoryMarshal.AsBytes(pixels.AsSpan()).ToArray());
        string script = Path.Combine(Fixtures.Root, "tests", "HkaFer.Training.Tests", "Export", "run.js");
        string[] shape = [.. new[] { batch, 3, size, size }.Select(n => n.ToString(CultureInfo.InvariantCulture))];
        using Process process = Start([script, s_modules, model, input, output, .. shape], scratch.Folder);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors.Result);
        using JsonDocument json = JsonDocument.Parse(text);
        return (
            MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(output)).ToArray(),
            [.. json.RootElement.GetProperty("probabilities").EnumerateArray().Select(p => p.GetSingle())]);
    }

    private static bool NodeRuns()
    {
        try
        {
            using Process process = Start(["--version"]);
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    /// <param name="arguments">Of node.</param>
    /// <param name="temporary">Receives the log that the runtime leaves behind; the system's folder if not given.</param>
    private static Process Start(IEnumerable<string> arguments, string? temporary = null)
    {
        var start = new ProcessStartInfo("node", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (temporary is not null)
        {
            start.Environment["TMPDIR"] = temporary;
        }

        return Process.Start(start)!;
    }
}
