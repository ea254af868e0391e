using System.Text.Json;

namespace HkaFer.Cli.Tests.Commands;

public sealed class DoctorCommandTests
{
    [Fact]
    public void Doctor_names_what_the_machine_has()
    {
        JsonElement json = Hka.Run("doctor", "--json").Succeeds().Json;
        Assert.NotEmpty(json.GetProperty("cpu").GetString()!);
        Assert.Contains(json.GetProperty("isa").GetString(), (string[])["avx512", "avx2", "advsimd", "portable"]);
        Assert.InRange(json.GetProperty("threads").GetInt32(), 1, 1024);
        Assert.Equal("cpu", json.GetProperty("devices")[0].GetProperty("name").GetString());
        Assert.Equal(["png", "jpeg", "webp"],
            json.GetProperty("libraries").EnumerateArray().Select(l => l.GetProperty("for").GetString()!));
        Assert.All(json.GetProperty("libraries").EnumerateArray(),
            l => Assert.Equal(l.GetProperty("found").GetBoolean(),
            l.GetProperty("file").ValueKind == JsonValueKind.String));
        Assert.Contains(json.GetProperty("isa").GetString()!, json.GetProperty("dtype_paths").GetProperty("float32").GetString());
    }
}
