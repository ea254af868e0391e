using HkaFer.Adapters;
using HkaFer.Data;
using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Training;

/// <summary>
/// Writes a model in another form, and runs both forms on a few generated faces before the new one is put in its place. The folder that is written must
/// not exist, or be empty; after an error it is as it was.
/// </summary>
public static class ModelConverter
{
    private const int Faces = 4;

    /// <summary>The folder of a backbone that belongs to its model alone.</summary>
    private const string Own = "backbone";

    /// <summary>Backbones are compared on pictures no larger than this; a published one is for 518 pixels, which takes minutes at its largest.</summary>
    private const int LargestPicture = 224;

    /// <summary>What of a checkpoint does not depend on the element type of its weights: preprocessing and tokenizer.</summary>
    private static readonly string[] s_beside = [CheckpointPreprocessing.FileName, "vocab.json", "merges.txt"];

    /// <summary>Writes adapter and head as the PEFT library does, with labels and preprocessing.</summary>
    /// <param name="input">A run or an adapter.</param>
    /// <param name="output">The folder to write.</param>
    /// <param name="backbone">Overrides the backbone that the adapter names.</param>
    /// <param name="names">Generation of module names, as the transformers library of the reader has them.</param>
    /// <exception cref="HkaFerException">The model cannot be loaded, or the folder holds something.</exception>
    public static ConversionResult ToAdapter(string input, string output, string? backbone = null, PeftNames names = PeftNames.Version4)
    {
        ExpressionModel model = ExpressionModel.Load(input, backbone);
        float[] before = Logits(model);
        return Write(output, fresh =>
        {
            model.With(model.Adapter, Base(model, input, backbone, fresh)).Save(fresh, names);
            return Difference(before, Logits(ExpressionModel.Load(fresh)));
        });
    }

    /// <summary>
    /// Makes the adapter part of the backbone's weights: an image classifier as the hub lays it out, which is as fast as the bare backbone and needs
    /// nothing else. With labels and preprocessing, so that <see cref="ExpressionModel.Load"/> reads it too.
    /// </summary>
    /// <param name="input">A run or an adapter.</param>
    /// <param name="output">The folder to write.</param>
    /// <param name="backbone">Overrides the backbone that the adapter names.</param>
    /// <param name="dtype">Element type of the weights.</param>
    /// <exception cref="HkaFerException">
    /// The adapter's router depends on the input, so that no weights do what it does; or the model cannot be loaded, or the folder holds something.
    /// </exception>
    public static ConversionResult ToMerged(string input, string output, string? backbone = null, DType dtype = DType.Float32)
    {
        ExpressionModel model = ExpressionModel.Load(input, backbone);
        Classifier classifier = model.Classifier as Classifier
            ?? throw new HkaFerException($"{input}: classifies by texts, for which the hub has no classifier's layout; keep the adapter (--format peft)");
        float[] before = Logits(model);
        model.Adapter?.Merge();
        return Write(output, fresh =>
        {
            classifier.Save(fresh, dtype);

            // As read back: in a narrow type the weights are others than those in memory, and an adapter names its backbone by their hash.
            Classifier saved = Classifier.Load(fresh);
            new ExpressionModel(saved, null, model.Preprocessing, ".").Save(fresh);
            return Difference(before, Logits(ExpressionModel.Load(fresh)));
        });
    }

    /// <summary>Writes a backbone in another element type, with the files beside its weights: a whole CLIP remains whole.</summary>
    /// <param name="input">A checkpoint folder, or the name of one in the box.</param>
    /// <param name="output">The folder to write.</param>
    /// <param name="dtype">Element type of the weights.</param>
    /// <returns>With the largest difference of an entry of the tokens.</returns>
    /// <exception cref="HkaFerException">The backbone cannot be loaded, or the folder holds something.</exception>
    public static ConversionResult ToCheckpoint(string input, string output, DType dtype = DType.Float32)
    {
        string folder = Backbones.Resolve(input);
        if (IsClassifier(folder))
        {
            Classifier classifier = Classifier.Load(folder);
            return Rewrite(folder, output, Logits(classifier), fresh => classifier.Save(fresh, dtype), fresh => Logits(Classifier.Load(fresh)));
        }

        ClipModel? clip = Backbones.IsClip(folder) ? ClipModel.Load(folder, out _) : null;
        ImageEncoder model = clip?.Images ?? ImageEncoder.LoadFolder(folder);
        Action<string, DType> save = clip is null ? model.Save : clip.Save;
        return Rewrite(folder, output, Features(model), fresh => save(fresh, dtype), fresh => Features(Backbones.Load(fresh)));
    }

    /// <summary>Writes a checkpoint anew with what lies beside its weights, and compares what both give.</summary>
    private static ConversionResult Rewrite(string folder, string output, float[] before, Action<string> save, Func<string, float[]> after) => Write(output, fresh =>
    {
        save(fresh);
        foreach (string name in s_beside.Where(name => File.Exists(Path.Combine(folder, name))))
        {
            File.Copy(Path.Combine(folder, name), Path.Combine(fresh, name));
        }

        return Difference(before, after(fresh));
    });

    /// <summary>Whether a folder holds a published classifier, whose head and class names must not be lost.</summary>
    private static bool IsClassifier(string folder)
    {
        using CheckpointFolder checkpoint = CheckpointFolder.Open(folder);
        return checkpoint.Tensors.Any(tensor => tensor.Name == "classifier.weight");
    }

    /// <summary>Writes one ONNX file (see <see cref="OnnxExport"/>).</summary>
    /// <param name="input">A run or an adapter.</param>
    /// <param name="output">The file to write; it must not exist.</param>
    /// <param name="backbone">Overrides the backbone that the adapter names.</param>
    /// <exception cref="HkaFerException">The model cannot be loaded or has no form in a graph, or the file exists.</exception>
    public static ConversionResult ToOnnx(string input, string output, string? backbone = null)
    {
        if (Path.Exists(output))
        {
            throw new HkaFerException($"{output}: exists; name another file, or remove it first");
        }

        OnnxExport.Write(ExpressionModel.Load(input, backbone), output);
        return new ConversionResult(output, null);
    }

    /// <summary>The backbone's name for an adapter in another folder, which may lie anywhere. A backbone that lies in the model's own folder goes with it.</summary>
    private static string Base(ExpressionModel model, string input, string? backbone, string fresh)
    {
        if (Backbones.BuiltIn.Contains(model.BaseName, StringComparer.Ordinal))
        {
            return model.BaseName;
        }

        string folder = Path.GetFullPath(RunFolder.IsRun(input) ? RunFolder.ReportedModel(input) : input);
        if (Backbones.FromHub(model.BaseName, backbone is null ? folder : null) is { } published)
        {
            return published.PinnedId;
        }

        string place = Backbones.Resolve(model.BaseName, backbone is null ? folder : null);
        string from = Path.GetRelativePath(folder, place);

        // On another drive there is no relative path.
        if (backbone is not null || Path.IsPathRooted(from) || from.Split(Path.DirectorySeparatorChar)[0] == "..")
        {
            return place;
        }

        model.Classifier.Backbone.Save(Path.Combine(fresh, Own));
        return Own;
    }

    private static ConversionResult Write(string output, Func<string, double> write)
    {
        double difference = 0;
        NewFolder.Write(output, fresh => difference = write(fresh));
        return new ConversionResult(output, difference);
    }

    private static float[] Logits(ExpressionModel model) => Run(model.Preprocessing, model.Classifier.Forward);

    private static float[] Logits(Classifier model) => Run(new Preprocessing { Size = FeatureSize(model.Backbone) }, model.Forward);

    private static float[] Features(ImageEncoder model) => Run(new Preprocessing { Size = FeatureSize(model) }, model.Encode);

    private static int FeatureSize(ImageEncoder model) => model is VisionTransformer { Config: { Patch: var patch } config }
        ? Math.Min(config.ImageSize, Math.Max(patch, LargestPicture)) / patch * patch
        : model.ImageSize;

    private static float[] Run(Preprocessing preprocessing, Func<Tensor, Tensor> forward)
    {
        using IDisposable step = Tape.Step();
        using IDisposable paused = Tape.NoGrad();
        int size = preprocessing.Size, length = 3 * size * size;
        var faces = new FaceDataset(FaceDomain.Source, seed: 1, Faces);
        var pixels = new float[Faces * length];
        for (int i = 0; i < Faces; i++)
        {
            preprocessing.Write(faces.Load(i), pixels.AsSpan(i * length, length));
        }

        return forward(Tensor.From(pixels, [Faces, 3, size, size])).ToArray<float>();
    }

    private static double Difference(float[] before, float[] after)
    {
        double largest = 0;
        for (int i = 0; i < before.Length; i++)
        {
            double difference = Math.Abs((double)before[i] - after[i]);
            largest = double.IsFinite(difference)
                ? Math.Max(largest, difference)
                : throw new HkaFerException("convert: the outputs are not finite numbers in the new form; choose a wider element type (bfloat16 or float32)");
        }

        return largest;
    }
}
