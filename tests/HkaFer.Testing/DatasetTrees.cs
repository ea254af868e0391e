using HkaFer.Data;

namespace HkaFer.Testing;

/// <summary>
/// Generated faces in the layouts that published data sets have on disk: for each class of a split some faces, and the published lists of occluded and turned ones. The content of a
/// picture is PNG whatever its name says, as the readers allow.
/// </summary>
public sealed class DatasetTrees
{
    private const int Basic = 7, Size = 32;

    private readonly Scratch _scratch;
    private readonly int _train, _scored;
    private readonly byte[][] _faces;

    /// <summary>Writes into a scratch folder.</summary>
    /// <param name="scratch">Where.</param>
    /// <param name="train">Faces of each class to train on.</param>
    /// <param name="scored">Faces of each class in each split that is scored.</param>
    public DatasetTrees(Scratch scratch, int train = 2, int scored = 2)
    {
        (_scratch, _train, _scored) = (scratch, train, scored);
        _faces = Drawn(FormattableString.Invariant($"faces:?seed=5&count={Basic * (train + scored)}&size={Size}"));
        Compound = new(() => Drawn(FormattableString.Invariant($"faces:?seed=6&count={CompoundExpression.Names.Count * (train + scored)}&size={Size}&classes=compound")));
    }

    private Lazy<byte[][]> Compound { get; }

    /// <summary>The published lists: occlusion holds the first scored face of each class, both pose lists the second.</summary>
    public string Lists => _scratch["lists"];

    /// <summary>RAF-DB: <c>EmoLabel</c>, <c>Image/aligned</c>, <c>Image/original</c>. Numbers from 1: surprise, fear, disgust, happiness, sadness, anger, neutral.</summary>
    public string RafDb()
    {
        int[] numbers = [7, 4, 1, 5, 6, 3, 2];
        var list = new List<string>();
        foreach ((bool train, int label, int index, byte[] png) in Faces())
        {
            string stem = train ? $"train_{index:D5}" : $"test_{index:D4}";
            list.Add($"{stem}.jpg {numbers[label]}");
            _scratch.Write($"raf/Image/aligned/{stem}_aligned.jpg", png);
            _scratch.Write($"raf/Image/original/{stem}.jpg", png);
            Listed(train, label, index, "RAF_DB_dir", ("rafdb_occlusion_list.txt", $"{stem}_aligned {numbers[label] - 1} 4"), ("val_raf_db_list.txt", $"{numbers[label] - 1}/{stem}_aligned.jpg"),
                ("val_raf_db_list_45.txt", $"{numbers[label] - 1}/{stem}_aligned.jpg"));
        }

        return Whole("raf", "EmoLabel/list_patition_label.txt", list);
    }

    /// <summary>RAF-DB's compound expressions, in its own order.</summary>
    public string RafDbCompound()
    {
        var list = new List<string>();
        foreach ((bool train, int label, int index, byte[] png) in Faces(Compound.Value))
        {
            string stem = train ? $"train_{index:D4}" : $"test_{index:D4}";
            list.Add($"{stem}.jpg {label + 1}");
            _scratch.Write($"raf-compound/Image/aligned/{stem}_aligned.jpg", png);
            _scratch.Write($"raf-compound/Image/original/{stem}.jpg", png);
        }

        return Whole("raf-compound", "EmoLabel/list_patition_label.txt", list);
    }

    /// <summary>Aff-Wild2: a video a split, its first frame skipped, then neutral, anger, disgust, fear, happiness, sadness, surprise, and one of the class other.</summary>
    public string AffWild2()
    {
        int[] numbers = [0, 4, 6, 5, 1, 2, 3];
        foreach ((bool train, string split) in ((bool, string)[])[(true, "Train_Set"), (false, "Validation_Set")])
        {
            (int, byte[])[] frames = [.. Faces().Where(face => face.Train == train).Select(face => (numbers[face.Label], face.Png))];
            Video("affwild2", $"annotations/EXPR_Recognition_Challenge/{split}", train ? "1-30-1280x720" : "2-30-640x360", "Neutral,Anger,Disgust,Fear,Happiness,Sadness,Surprise,Other", [.. frames, (7, frames[0].Item2)]);
        }

        return _scratch["affwild2"];
    }

    /// <summary>C-EXPR-DB: one video, its first frame skipped, then the scored faces of the seven compound expressions that it has.</summary>
    public string CExpr()
    {
        string[] order = ["fearfully surprised", "happily surprised", "sadly surprised", "disgustedly surprised", "angrily surprised", "sadly fearful", "sadly angry"];
        Video("cexpr", "annotations", "1", string.Join(',', order),
            [.. Faces(Compound.Value).Where(face => !face.Train).Select(face => (Array.IndexOf(order, CompoundExpression.Names[face.Label]), face.Png)).Where(face => face.Item1 >= 0)]);
        return _scratch["cexpr"];
    }

    /// <summary>AffectNet with lists, of which one has a header: neutral, happy, sad, surprise, fear, disgust, anger.</summary>
    public string AffectNet()
    {
        int[] numbers = [0, 1, 3, 2, 6, 5, 4];
        string[] lists =
        [
            "subDirectory_filePath,face_x,face_y,face_width,face_height,facial_landmarks,expression,valence,arousal\n", "",
        ];
        foreach ((bool train, int label, int index, byte[] png) in Faces())
        {
            string hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData([(byte)index, (byte)(train ? 1 : 0)]))[..56], name = $"{index}/{hash}.jpg";
            lists[train ? 0 : 1] += FormattableString.Invariant($"{name},0,0,{Size},{Size},,{numbers[label]},0.1,-0.2\n");
            _scratch.Write($"affectnet/Manually_Annotated_Images/{name}", png);
            Listed(train, label, index, "AffectNet_dir", ("occlusion_affectnet_list.txt", $"val/{numbers[label]}/{hash}/0"), ("pose_30_affectnet_list.txt", $"{numbers[label]}/{hash}.jpg"),
                ("pose_45_affectnet_list.txt", $"{numbers[label]}/{hash}/8.jpg"));
        }

        _scratch.Write("affectnet/Manually_Annotated_file_lists/training.csv", lists[0]);
        _scratch.Write("affectnet/Manually_Annotated_file_lists/validation.csv", lists[1]);
        return _scratch["affectnet"];
    }

    /// <summary>SFEW 2.0: folders by adjectives.</summary>
    public string Sfew()
    {
        string[] folders = ["Neutral", "Happy", "Surprise", "Sad", "Angry", "Disgust", "Fear"];
        foreach ((bool train, int label, int index, byte[] png) in Faces())
        {
            _scratch.Write(train ? $"sfew/Train/Train_Aligned_Faces/{folders[label]}/{index}.png" : $"sfew/Val/Val_Aligned_Faces_new/{folders[label]}/{index}.png", png);
        }

        return _scratch["sfew"];
    }

    /// <summary>ExpW: <c>label.lst</c>; which split a picture is in is drawn, so every class has all its faces: angry, disgust, fear, happy, sad, surprise, neutral.</summary>
    public string ExpW()
    {
        int[] numbers = [6, 3, 5, 4, 0, 1, 2];
        var list = new List<string>();
        foreach ((bool train, int label, int index, byte[] png) in Faces())
        {
            string name = $"{(train ? "angry actor" : "sad actress")}_{index}.jpg";
            list.Add(FormattableString.Invariant($"{name} 0 0 0 {Size} {Size} 50.2 {numbers[label]}"));
            _scratch.Write($"expw/image/origin/{name}", png);
        }

        return Whole("expw", "label.lst", list);
    }

    /// <summary>FERPlus: votes for neutral, happiness, surprise, sadness, anger, disgust, fear, contempt, unknown, none; the test split has the faces of the validation split again, under other names.</summary>
    public string FerPlus()
    {
        // Contempt, which no other set has and the generator does not draw, is an eighth class of pictures of the first.
        const int Contempt = Basic;
        var lists = new Dictionary<string, string>(StringComparer.Ordinal);
        IEnumerable<(bool Train, int Label, int Index, byte[] Png)> contempt = Faces().Where(face => face.Label == 0).Select(face => (face.Train, Contempt, 1_000 + face.Index, (byte[])[.. face.Png, 0]));
        foreach ((bool train, int label, int index, byte[] png) in Faces().Concat(contempt))
        {
            foreach ((string folder, int offset) in train ? [("FER2013Train", 0)] : new[] { ("FER2013Valid", 28_000), ("FER2013Test", 32_000) })
            {
                string name = $"fer{offset + index:D7}.png", votes = string.Join(',', Enumerable.Range(0, 10).Select(i => i == label ? 9 : 0));
                lists[folder] = lists.GetValueOrDefault(folder, "") + $"{name},\"(0, 0, 48, 48)\",{votes}\n";
                _scratch.Write($"ferplus/{folder}/{name}", png);
                Listed(offset != 32_000, label, index, "FERplus_dir", ("jianfei_occlusion_list.txt", $"{label}_{name} 8 0"), ("pose_30_ferplus_list.txt", $"{label}/{name.Replace(".png", ".jpg", StringComparison.Ordinal)}"),
                    ("pose_45_ferplus_list.txt", $"{label}/{name.Replace(".png", ".jpg", StringComparison.Ordinal)}"));
            }
        }

        foreach ((string folder, string list) in lists)
        {
            _scratch.Write($"ferplus/{folder}/label.csv", list);
        }

        return _scratch["ferplus"];
    }

    /// <summary>The pictures of a source, class by class.</summary>
    private static byte[][] Drawn(string source)
    {
        ImageDataset faces = DataSource.Parse(source).Open("train");
        return [.. Enumerable.Range(0, faces.Count).OrderBy(i => faces[i].Label).Select(i => faces.Load(i).EncodePng())];
    }

    /// <summary>A video whose first frame has no label.</summary>
    private void Video(string folder, string texts, string video, string header, (int Label, byte[] Png)[] frames)
    {
        (int Label, byte[] Png)[] all = [(-1, frames[0].Png), .. frames];
        _scratch.Write($"{folder}/{texts}/{video}.txt", string.Concat(all.Select(frame => $"{frame.Label}\n").Prepend($"{header}\n")));
        foreach ((int i, (_, byte[] png)) in all.Index())
        {
            _scratch.Write($"{folder}/cropped_aligned/{video}/{i + 1:D5}.jpg", png);
        }
    }

    private string Whole(string folder, string list, IEnumerable<string> lines)
    {
        _scratch.Write($"{folder}/{list}", string.Concat(lines.Select(line => line + "\n")));
        return _scratch[folder];
    }

    /// <summary>All faces: of each class first those to train on; numbered from 1 within the two kinds of split.</summary>
    private IEnumerable<(bool Train, int Label, int Index, byte[] Png)> Faces() => Faces(_faces);

    private IEnumerable<(bool Train, int Label, int Index, byte[] Png)> Faces(byte[][] faces)
    {
        for (int label = 0; label < faces.Length / (_train + _scored); label++)
        {
            for (int i = 0; i < _train + _scored; i++)
            {
                bool train = i < _train;
                yield return (train, label, 1 + (train ? (label * _train) + i : (label * _scored) + i - _train), faces[(label * (_train + _scored)) + i]);
            }
        }
    }

    private void Listed(bool train, int label, int index, string folder, (string File, string Line) occlusion, params (string File, string Line)[] poses)
    {
        if (train)
        {
            return;
        }

        foreach ((string file, string line) in (index - 1) % _scored == 0 ? [occlusion] : poses)
        {
            // As published: some lists have the line ends of Windows.
            string path = _scratch[Path.Combine("lists", folder, file)];
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.AppendAllText(path, line + (file.StartsWith("rafdb", StringComparison.Ordinal) ? "\r\n" : "\n"));
        }
    }
}
