using System.Text;
using HkaFer.Testing;

namespace HkaFer.Models.Tests.Fuzzing;

/// <summary>Damaged answers of the hub.</summary>
[Trait("Category", Fuzz.Category)]
public sealed class HubFuzzTests
{
    [Fact]
    public void Damaged_listing_gives_safe_names_or_a_named_error() => Fuzz.Run(
        128 << 10,
        ((string[])
        [
            $"{{\"id\":\"org/tiny\",\"sha\":\"{new string('a', 40)}\",\"config\":{{\"x\":[1,2]}},\"siblings\":[{{\"rfilename\":\"config.json\"}},{{\"rfilename\":\"onnx/model.safetensors\"}},{{\"rfilename\":\"model.safetensors\"}}]}}",
            $"{{\"siblings\":[],\"sha\":\"{new string('b', 40)}\"}}",
        ]).Select(Encoding.UTF8.GetBytes),
        Mutator.Json,
        json =>
        {
            _ = HubListing.Revisions(json);
            HubListing listing = HubListing.Parse(new HubName("org/tiny", "main"), json);
            Assert.Equal(40, listing.Commit.Length);
            Assert.All(listing.Files, file => Assert.StartsWith("/cache/x/", Path.GetFullPath(Path.Combine("/cache/x", file))));
        });
}
