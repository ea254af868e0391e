using System.Diagnostics;
using Xunit;

namespace HkaFer.Testing;

/// <summary>A file system of a few kilobytes in memory, which fills up and can be made read-only. Needs the right to mount; without it the test is skipped by name.</summary>
public sealed class SmallDisk : IDisposable
{
    private readonly Scratch? _scratch;

    /// <summary>Mounts it.</summary>
    /// <param name="kilobytes">Its size; it is counted in pages of 4.</param>
    /// <param name="folder">Where; in a folder of its own if not given.</param>
    public SmallDisk(int kilobytes, string? folder = null)
    {
        _scratch = folder is null ? new Scratch() : null;
        Folder = folder ?? _scratch!.Folder;
        if (!OperatingSystem.IsLinux() || Run("mount", "-t", "tmpfs", "-o", $"size={kilobytes}k", "tmpfs", Folder) != 0)
        {
            _scratch?.Dispose();
            Assert.Skip("mounting a small disk needs Linux and root");
        }
    }

    /// <summary>Where it is.</summary>
    public string Folder { get; }

    /// <summary>Takes all space that is left, until the file is deleted.</summary>
    /// <returns>The file.</returns>
    public string Fill()
    {
        string path = Path.Combine(Folder, "filler");
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            while (true)
            {
                file.Write(new byte[4096]);
            }
        }
        catch (IOException)
        {
            return path;
        }
    }

    /// <summary>From now on nothing on it can be changed; no file on it may be open for writing.</summary>
    public void MakeReadOnly() => Assert.Equal(0, Run("mount", "-o", "remount,ro", Folder));

    /// <inheritdoc/>
    public void Dispose()
    {
        Run("umount", "-l", Folder);
        _scratch?.Dispose();
    }

    private static int Run(string program, params string[] args)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, args) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return -1;
        }
    }
}
