using HkaFer.Models;
using HkaFer.Testing;

namespace HkaFer.Training.Tests;

public sealed class NewFolderTests
{
    [Fact]
    public void What_a_killed_program_left_is_replaced_by_the_next_run()
    {
        using var scratch = new Scratch();
        scratch.Write("out.hkafer-new/model.safetensors", "half");
        scratch.Write("out.hkafer-new/model.safetensors.123.tmp", "less");
        RandomCheckpoint.Write(new VisionTransformer(TinyModels.Config), scratch["out"]);
        Assert.Equal([scratch["out"]], Directory.GetFileSystemEntries(scratch.Folder));
        VisionTransformer.Load(scratch["out"]);
    }

    [Fact]
    public void Empty_folder_is_filled_and_a_full_one_left_alone()
    {
        using var scratch = new Scratch();
        Directory.CreateDirectory(scratch["empty"]);
        RandomCheckpoint.Write(new VisionTransformer(TinyModels.Config), scratch["empty"]);
        string note = scratch.Write("full/note.txt", "mine");
        Assert.Contains("not an empty folder", Assert.Throws<HkaFerException>(() => RandomCheckpoint.Write(new VisionTransformer(TinyModels.Config), scratch["full"])).Message);
        Assert.Equal([note], Directory.GetFiles(scratch["full"]));
        Assert.Equal([scratch["empty"], scratch["full"]], Directory.GetFileSystemEntries(scratch.Folder).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Stopped_work_leaves_nothing()
    {
        using var scratch = new Scratch();
        RandomCheckpoint.Write(new VisionTransformer(TinyModels.Config), scratch["bb"]);
        using var stopped = new CancellationTokenSource();
        stopped.Cancel();
        Assert.Throws<OperationCanceledException>(() => RandomCheckpoint.Write(new VisionTransformer(TinyModels.Config), scratch["out"], cancel: stopped.Token));
        Assert.Throws<OperationCanceledException>(() => RandomCheckpoint.Write(new ClipModel(TinyClip.Config), scratch["out"], cancel: stopped.Token));
        Assert.Throws<OperationCanceledException>(() => RandomCheckpoint.Write(new QwenVl(TinyQwen.Config(true)), scratch["out"], cancel: stopped.Token));
        Assert.Throws<OperationCanceledException>(() => ModelConverter.ToCheckpoint(scratch["bb"], scratch["out"], cancel: stopped.Token));
        Assert.Equal([scratch["bb"]], Directory.GetFileSystemEntries(scratch.Folder));
    }
}
