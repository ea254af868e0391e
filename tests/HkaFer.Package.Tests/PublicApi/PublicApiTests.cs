using System.Reflection;
using HkaFer.Testing;

namespace HkaFer.Package.Tests.PublicApi;

/// <summary>The public surface of every floor is what was approved, so that nobody changes it without noticing.</summary>
public sealed class PublicApiTests
{
    public static TheoryData<string> Floors => ["HkaFer.Tensors", "HkaFer.Models", "HkaFer.Data", "HkaFer.Adapters", "HkaFer.Training"];

    [Theory]
    [MemberData(nameof(Floors))]
    public void Public_surface_is_the_approved_one(string floor)
    {
        string file = Path.Combine(Fixtures.Root, "tests", "HkaFer.Package.Tests", "PublicApi", $"{floor}.approved.txt");
        string actual = ApiListing.Of(Assembly.Load(floor));
        if (Environment.GetEnvironmentVariable("HKAFER_APPROVE") == "1")
        {
            File.WriteAllText(file, actual);
        }

        string approved = File.Exists(file) ? File.ReadAllText(file).ReplaceLineEndings("\n") : "";
        string[] before = approved.Split('\n'), now = actual.Split('\n');
        Assert.True(
            approved == actual,
            $"""
            The public surface of {floor} has changed. If that is meant, accept it with
                HKAFER_APPROVE=1 ./test --filter PublicApi
            {string.Join('\n', before.Except(now).Select(line => "- " + line.Trim()))}
            {string.Join('\n', now.Except(before).Select(line => "+ " + line.Trim()))}
            """);
    }

    [Fact]
    public void Every_public_member_has_its_documentation()
    {
        // The compiler refuses a public member without any; this finds the empty ones.
        foreach (string floor in Floors.Select(row => row.Data))
        {
            string xml = File.ReadAllText(Path.ChangeExtension(Assembly.Load(floor).Location, ".xml"));
            Assert.DoesNotContain("<summary></summary>", xml);
            Assert.True(xml.Length > 10_000, floor);
        }
    }
}
