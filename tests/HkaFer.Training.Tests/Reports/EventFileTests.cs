using System.Buffers.Binary;
using HkaFer.Testing;
using Tensorflow;

namespace HkaFer.Training.Tests;

public sealed class EventFileTests
{
    [Fact]
    public void Events_parse_as_TensorFlow_messages_and_every_checksum_holds()
    {
        using var scratch = new Scratch();
        Write(scratch, epochs: 3);
        RunReport.Write(scratch.Folder);

        List<Event> events = Read(new RunFolder(scratch.Folder).Events);
        Assert.Equal("brain.Event:2", events[0].FileVersion);
        Assert.Equal([1, 2, 3], events.Skip(1).Select(e => e.Step));
        Assert.Equal([1000.5, 2000.5, 3000.5], events.Skip(1).Select(e => e.WallTime));
        Dictionary<string, float> second = events[2].Summary.Value.ToDictionary(v => v.Tag, v => v.SimpleValue);
        Assert.Equal(0.5f, second["loss/train"]);
        Assert.Equal(0.002f, second["learning_rate"]);
        Assert.Equal(0.25f, second["accuracy/valid"]);
        Assert.Equal(0.125f, second["macro_f1/valid"]);
        Assert.Equal(200f, second["timing/images_per_second"]);
        Assert.DoesNotContain("accuracy/valid", events[1].Summary.Value.Select(v => v.Tag));
    }

    [Fact]
    public void Events_of_a_run_match_its_metrics()
    {
        using var scratch = new Scratch();
        RunResult run = TrainingRun.Execute(TinyRecipe.Full, scratch.Folder);

        List<Event> events = Read(new RunFolder(scratch.Folder).Events);
        Assert.Equal([1, 2, 3], events.Skip(1).Select(e => e.Step));
        Assert.Equal((float)run.Last!.Accuracy, events[^1].Summary.Value.Single(v => v.Tag == "accuracy/valid").SimpleValue);
        Assert.True(events[1].WallTime > 1.7e9 && events[3].WallTime >= events[1].WallTime);
    }

    [Fact]
    public void File_grows_in_place_and_a_torn_end_is_completed()
    {
        using var scratch = new Scratch();
        string path = new RunFolder(scratch.Folder).Events;
        Write(scratch, epochs: 2);
        RunReport.Write(scratch.Folder);
        byte[] two = File.ReadAllBytes(path);
        Write(scratch, epochs: 3);
        using var reader = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        RunReport.Write(scratch.Folder);
        byte[] three = File.ReadAllBytes(path);

        // Whoever had the file open sees the new epoch: it is the same file.
        Assert.Equal(three.Length, reader.Length);
        Assert.Equal(two, three[..two.Length]);

        File.WriteAllBytes(path, three[..(two.Length + 5)]);
        RunReport.Write(scratch.Folder);
        Assert.Equal(three, File.ReadAllBytes(path));
    }

    [Fact]
    public void Resume_from_an_earlier_epoch_leaves_no_epoch_twice()
    {
        using var scratch = new Scratch();
        Write(scratch, epochs: 3);
        RunReport.Write(scratch.Folder);
        Write(scratch, epochs: 2, time: 500);
        RunReport.Write(scratch.Folder);

        Assert.Equal([1, 2], Read(new RunFolder(scratch.Folder).Events).Skip(1).Select(e => e.Step));
    }

    private static void Write(Scratch scratch, int epochs, double time = 1000)
    {
        scratch.Write("run.json", """{"status": "running"}""");
        scratch.Write("metrics.jsonl", string.Concat(Enumerable.Range(1, epochs).Select(e => FormattableString.Invariant(
            $"{{\"epoch\":{e},\"learning_rate\":{e * 0.001},\"train_loss\":{1.0 / e},\"split\":\"valid\",\"metrics\":{(e == 1 ? "null" : "{\"accuracy\":0.25,\"macro_f1\":0.125}")}}}\n"))));
        scratch.Write("timing.jsonl", string.Concat(Enumerable.Range(1, epochs).Select(e => FormattableString.Invariant(
            $"{{\"epoch\":{e},\"time\":{(e * time) + 0.5},\"seconds\":{e},\"images_per_second\":{100 * e}}}\n"))));
    }

    /// <summary>Record by record, as TensorFlow's reader does: length, its checksum, data, its checksum.</summary>
    private static List<Event> Read(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        var events = new List<Event>();
        int at = 0;
        while (at < file.Length)
        {
            int length = (int)BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(at));
            Assert.Equal(Crc32C.Masked(file.AsSpan(at, 8)), BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 8)));
            Assert.Equal(Crc32C.Masked(file.AsSpan(at + 12, length)), BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 12 + length)));
            events.Add(Event.Parser.ParseFrom(file, at + 12, length));
            at += 16 + length;
        }

        Assert.Equal(file.Length, at);
        return events;
    }
}
