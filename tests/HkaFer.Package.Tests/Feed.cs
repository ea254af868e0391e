using System.Reflection;
using HkaFer.Testing;

namespace HkaFer.Package.Tests;

[CollectionDefinition(nameof(Feed))]
public sealed class FeedCollection : ICollectionFixture<Feed>;

/// <summary>Both packages in a feed of a folder, and a place for programs that use nothing else.</summary>
public sealed class Feed : IDisposable
{
    private readonly Scratch _scratch = new();

    public Feed()
    {
        string configuration = typeof(Feed).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;
        foreach (string project in (string[])["src/HkaFer", "src/HkaFer.Cli"])
        {
            Dotnet.Run(Fixtures.Root, "pack", project, "-c", configuration, "--no-build", "-o", _scratch["feed"], "-v", "q");
        }

        // The feed is the only source. What the packages depend on is here already, for the build of this repository; a folder of
        // packages of its own keeps this version of ours out of the machine's.
        string machine = Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } named
            ? named
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        _scratch.Write("nuget.config", $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="packages" /></config>
              <packageSources><clear /><add key="feed" value="feed" /></packageSources>
              <fallbackPackageFolders><clear /><add key="machine" value="{machine}" /></fallbackPackageFolders>
            </configuration>
            """);
    }

    /// <summary>A folder whose programs get their packages from the feed.</summary>
    public string Folder => _scratch.Folder;

    /// <summary>The packages' files.</summary>
    public IEnumerable<string> Packages => Directory.EnumerateFiles(_scratch["feed"], "*.nupkg");

    /// <summary>Compiles a console program against the package <c>HkaFer</c>.</summary>
    /// <returns>The program's file.</returns>
    public string Build(string name, string program, params (string Name, string Text)[] files)
    {
        foreach ((string file, string text) in files)
        {
            _scratch.Write(Path.Combine(name, file), text);
        }

        _scratch.Write(Path.Combine(name, "Program.cs"), program);
        _scratch.Write(Path.Combine(name, $"{name}.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net{Environment.Version.Major}.0</TargetFramework>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                <UseAppHost>false</UseAppHost>
              </PropertyGroup>
              <ItemGroup><PackageReference Include="HkaFer" Version="*" /></ItemGroup>
            </Project>
            """);
        string folder = _scratch[name];
        Dotnet.Run(folder, "build", "-c", "Release", "-o", Path.Combine(folder, "out"), "-v", "q", "-p:UseSharedCompilation=false");
        return Path.Combine(folder, "out", $"{name}.dll");
    }

    public void Dispose() => _scratch.Dispose();
}
