using System.Text;
using HkaFer.Data.Tests.Datasets;
using HkaFer.Testing;

namespace HkaFer.Data.Tests.Fuzzing;

/// <summary>Damaged lists and annotations of published data sets. Pictures need not be there, but where an annotation is read on decoding.</summary>
[Trait("Category", Fuzz.Category)]
public sealed class ListedFacesFuzzTests : IDisposable
{
    /// <summary>As for other lists; 588 KiB more where a face is cut out of a picture.</summary>
    private const long Limit = 512 << 10, CutLimit = Limit + (588 << 10);

    private readonly Scratch _folder = Fuzz.Scratch();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Damaged_list_of_RafDb_gives_samples_or_a_named_error()
    {
        _folder.Write("Image/aligned/train_00001_aligned.jpg", "");
        Read("EmoLabel/list_patition_label.txt", $"rafdb:{_folder.Folder}", "train_00001.jpg 5\ntest_0001.jpg 4\n", "\uFEFFtrain_00001.jpg\tsurprise\r\n\r\ntrain_00002.jpg 7\r\n");
    }

    [Fact]
    public void Damaged_list_of_compound_expressions_gives_samples_or_a_named_error()
    {
        _folder.Write("compound/Image/aligned/train_0001_aligned.jpg", "");
        Read("compound/EmoLabel/list_patition_label.txt", $"rafdb-compound:{_folder.Folder}", "train_0001.jpg 11\ntest_0001.jpg 4\n");
    }

    [Theory]
    [InlineData("box", "boundingbox/train_00001_boundingbox.txt", "2.5 1.25 6 9 \n")]
    [InlineData("landmarks", "Annotation/manual/train_00001_manu_attri.txt", "3\t4\r\n6\t4\r\n4.5\t5.5\r\n3.2\t7\r\n5.9\t7\r\n0\r\n1\r\n2\r\n")]
    public void Damaged_annotation_gives_a_face_or_a_named_error(string crop, string file, string sound)
    {
        _folder.Write("EmoLabel/list_patition_label.txt", "train_00001.jpg 5\n");
        Directory.CreateDirectory(_folder["Image/original"]);
        Pictures.Noise(12, 10, seed: 1).SavePng(_folder["Image/original/train_00001.jpg"]);
        var data = DataSource.Parse($"rafdb:{_folder.Folder}?aligned=false&crop={crop}").OpenUnchecked("train");
        string path = _folder.Write(file, sound);
        Fuzz.Run(CutLimit, [Encoding.UTF8.GetBytes(sound)], Mutator.Lines, bytes =>
        {
            File.WriteAllBytes(path, bytes);
            Assert.InRange(data.Load(0).Width, 1, FaceLandmarks.Size);
        });
    }

    [Theory]
    [InlineData("box")]
    [InlineData("landmarks")]
    public void Damaged_list_of_AffectNet_gives_samples_or_a_named_error(string crop)
    {
        Directory.CreateDirectory(_folder["Manually_Annotated_Images"]);
        string points = string.Join(';', Enumerable.Range(0, 68).Select(i => $"{i % 9};{i % 7}"));
        Read("Manually_Annotated_file_lists/training.csv", $"affectnet:{_folder.Folder}?crop={crop}",
            $"subDirectory_filePath,face_x,face_y,face_width,face_height,facial_landmarks,expression,valence,arousal\n1/a.jpg,3,4,90,91,{points},1,0.5,-0.1\n",
            $"1/b.jpg,3,4,90,91,{points},0,0.5,-0.1\r\n2/c.jpg,0,0,-1,-1,,10,-2,-2\r\n");
    }

    [Fact]
    public void Damaged_annotation_of_AffectNet_gives_a_label_or_a_named_error()
    {
        string path = _folder.Write("train_set/annotations/7_exp.npy", "");
        Directory.CreateDirectory(_folder["train_set/images"]);
        Fuzz.Run(
            Limit, [Npy.Integer("<i8", 3), Npy.Integer("|u1", 6), Npy.Text("U", "3")], Mutator.Bytes, bytes =>
            {
                File.WriteAllBytes(path, bytes);
                Assert.Equal(1, DataSource.Parse($"affectnet:{_folder.Folder}").OpenUnchecked("train").Count);
            });
    }

    [Fact]
    public void Damaged_list_of_ExpW_gives_samples_or_a_named_error()
    {
        Directory.CreateDirectory(_folder["image"]);
        Read("label.lst", $"expw:{_folder.Folder}", string.Concat(Enumerable.Range(0, 8).Select(i => $"face {i % 6}.jpg {i} 27 163.5 213 341 44.9 {i % 7}\r\n")));
    }

    [Fact]
    public void Damaged_text_of_a_video_gives_samples_or_a_named_error()
    {
        for (int i = 1; i <= 4; i++) _folder.Write($"cropped_aligned/v/{i:D5}.jpg", "");
        Read("EXPR_Classification_Challenge/Train_Set/v.txt", $"affwild2:{_folder.Folder}", "Neutral,Anger,Disgust,Fear\n0\n-1\n7\n", "3\r\n4\r\n");
    }

    [Fact]
    public void Damaged_list_of_a_subset_gives_samples_or_a_named_error()
    {
        _folder.Write("EmoLabel/list_patition_label.txt", "test_0001.jpg 4\ntest_0003.jpg 7\n");
        Directory.CreateDirectory(_folder["Image/aligned"]);
        Read("list.txt", $"rafdb:{_folder.Folder}?subset=pose30&list={_folder["list.txt"]}",
            "test_0001_aligned 3 4\r\ntest_0003_aligned 6 3\r\n", "3/test_0001_aligned.jpg\n6/test_0003_aligned.jpg", "val/3/test_0001/\n6/test_0003/8.jpg\n");
    }

    /// <summary>Reads damaged copies of a file of a data set.</summary>
    private void Read(string file, string source, params string[] sound)
    {
        string path = _folder.Write(file, "");
        Fuzz.Run(Limit, sound.Select(Encoding.UTF8.GetBytes), Mutator.Lines, bytes =>
        {
            File.WriteAllBytes(path, bytes);
            var parsed = DataSource.Parse(source);
            foreach (string split in parsed.Splits())
            {
                var data = parsed.OpenUnchecked(split);
                Assert.Equal(data.Count, data.ClassCounts().Sum());
            }
        });
    }
}
