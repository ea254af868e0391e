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
    internal static IReadOnlyList<string> Beside { get; } =
    [
        CheckpointPreprocessing.FileName, "vocab.json", "merges.txt", "tokenizer_config.json", "tokenizer.json", "added_tokens.json", "special_tokens_map.json",
        "chat_template.json", "chat_template.jinja",
    ];

    /// <summary>Writes adapter and head as the PEFT library does, with labels and preprocessing.</summary>
    /// <param name="input">A run or an adapter.</param>
    /// <param name="output">The folder to write.</param>
    /// <param name="backbone">Overrides the backbone that the adapter names.</param>
    /// <param name="names">Generation of module names, as the transformers library of the reader has them.</param>
    /// <param name="text">Prompts of the classes, of an adapter that <see cref="ExpressionModel.TakesTexts"/>.</param>
    /// <param name="cancel">Stops between tensors and steps; nothing is left.</param>
    /// <exception cref="HkaFerException">The model cannot be loaded, or the folder holds something.</exception>
    public static ConversionResult ToAdapter(string input, string output, string? backbone = null, PeftNames names = PeftNames.Version4, TextSettings? text = null, CancellationToken cancel = default)
    {
        NewFolder.Check(output);
        if (AnsweringModel.IsModel(input))
        {
            return AnsweringConverter.ToAdapter(input, output, backbone, names, cancel);
        }

        ExpressionModel model = ExpressionModel.Load(input, backbone, text: text);
        float[] before = Logits(model, cancel);
        return Write(output, model.LeftOver, fresh =>
        {
            model.With(model.Adapter, Base(model, input, backbone, fresh, cancel)).Save(fresh, names);
            return Difference(before, Logits(ExpressionModel.Load(fresh), cancel));
        });
    }

    /// <summary>
    /// Makes the adapter part of the backbone's weights: an image classifier as the hub lays it out, which is as fast as the bare backbone and needs
    /// nothing else. With labels and preprocessing, so that <see cref="ExpressionModel.Load"/> reads it too. Of a vision-language model, whose stages all become part
    /// of it, a checkpoint of its kind with what it is asked, which <see cref="AnsweringModel.Load"/> reads.
    /// </summary>
    /// <param name="input">A run or an adapter.</param>
    /// <param name="output">The folder to write.</param>
    /// <param name="backbone">Overrides the backbone that the adapter names.</param>
    /// <param name="dtype">Element type of the weights.</param>
    /// <param name="cancel">Stops between tensors and steps; nothing is left.</param>
    /// <exception cref="HkaFerException">
    /// The adapter's router depends on the input, so that no weights do what it does; or the model cannot be loaded, or the folder holds something.
    /// </exception>
    public static ConversionResult ToMerged(string input, string output, string? backbone = null, DType dtype = DType.Float32, CancellationToken cancel = default)
    {
        NewFolder.Check(output);
        if (AnsweringModel.IsModel(input))
        {
            return AnsweringConverter.ToCheckpoint(input, output, backbone, dtype, cancel);
        }

        ExpressionModel model = ExpressionModel.Load(input, backbone);
        Classifier classifier = model.Classifier as Classifier
            ?? throw new HkaFerException($"{input}: classifies by texts, for which the hub has no classifier's layout; keep the adapter (--format peft)");
        float[] before = Logits(model, cancel);
        model.Adapter?.Merge();
        return Write(output, model.LeftOver, fresh =>
        {
            classifier.Save(fresh, dtype, cancel);

            // As read back: in a narrow type the weights are others than those in memory, and an adapter names its backbone by their hash.
            Classifier saved = Classifier.Load(fresh);
            new ExpressionModel(saved, null, model.Preprocessing, ".").Save(fresh);
            return Difference(before, Logits(ExpressionModel.Load(fresh), cancel));
        });
    }

    /// <summary>Writes a backbone in another element type, with the files beside its weights: a whole CLIP remains whole.</summary>
    /// <param name="input">A checkpoint folder, or the name of one in the box.</param>
    /// <param name="output">The folder to write.</param>
    /// <param name="dtype">Element type of the weights.</param>
    /// <param name="cancel">Stops between tensors and steps; nothing is left.</param>
    /// <returns>With the largest difference of an entry of the tokens.</returns>
    /// <exception cref="HkaFerException">The backbone cannot be loaded, or the folder holds something.</exception>
    public static ConversionResult ToCheckpoint(string input, string output, DType dtype = DType.Float32, CancellationToken cancel = default)
    {
        NewFolder.Check(output);
        string folder = Backbones.Resolve(input);
        if (QwenVl.IsIn(folder))
        {
            return AnsweringConverter.ToCheckpoint(input, output, null, dtype, cancel);
        }

        if (IsClassifier(folder))
        {
            Classifier classifier = Classifier.Load(folder);
            return Rewrite(folder, output, Logits(classifier, cancel), fresh => classifier.Save(fresh, dtype, cancel), fresh => Logits(Classifier.Load(fresh), cancel));
        }

        ClipModel? clip = Backbones.IsClip(folder) ? ClipModel.Load(folder, out _) : null;
        ImageEncoder model = clip?.Images ?? ImageEncoder.LoadFolder(folder);
        Action<string, DType, CancellationToken> save = clip is null ? model.Save : clip.Save;
        return Rewrite(folder, output, Features(model, cancel), fresh => save(fresh, dtype, cancel), fresh => Features(Backbones.Load(fresh), cancel));
    }

    /// <summary>Writes a checkpoint anew with what lies beside its weights, and compares what both give.</summary>
    private static ConversionResult Rewrite(string folder, string output, float[] before, Action<string> save, Func<string, float[]> after) =>
        Write(output, LeftOverTensors.In(folder) ?? [], fresh =>
        {
            save(fresh);
            CopyBeside(folder, fresh);
            return Difference(before, after(fresh));
        });

    /// <summary>Copies what of a checkpoint lies beside its weights.</summary>
    internal static void CopyBeside(string folder, string fresh)
    {
        foreach (string name in Beside.Where(name => File.Exists(Path.Combine(folder, name))))
        {
            File.Copy(Path.Combine(folder, name), Path.Combine(fresh, name));
        }
    }

    /// <summary>Whether a folder holds a published classifier, whose head and class names must not be lost.</summary>
    private static bool IsClassifier(string folder)
    {
        using CheckpointFolder checkpoint = CheckpointFolder.Open(folder);
        return checkpoint.Tensors.Any(tensor => tensor.Name == "classifier.weight");
    }

    /// <summary>Writes an ONNX file (see <see cref="OnnxExport"/>).</summary>
    /// <param name="input">A run or an adapter.</param>
    /// <param name="output">The file to write; neither it nor <c>OUTPUT.data</c> may exist.</param>
    /// <param name="backbone">Overrides the backbone that the adapter names.</param>
    /// <param name="text">Prompts of the classes, of an adapter that <see cref="ExpressionModel.TakesTexts"/>.</param>
    /// <param name="cancel">Stops between tensors and steps; nothing is left.</param>
    /// <exception cref="HkaFerException">The model cannot be loaded or has no form in a graph, or the file exists.</exception>
    public static ConversionResult ToOnnx(string input, string output, string? backbone = null, TextSettings? text = null, CancellationToken cancel = default)
    {
        if (((string[])[output, output + OnnxGraph.DataEnding]).FirstOrDefault(Path.Exists) is { } there)
        {
            throw new HkaFerException($"{there}: exists; name another file, or remove it first");
        }

        if (AnsweringModel.IsModel(input))
        {
            throw new HkaFerException($"{input}: is a vision-language model, which writes its answer token by token; no such graph is written here: use --format peft or merged");
        }

        ExpressionModel model = ExpressionModel.Load(input, backbone, text: text);
        OnnxExport.Write(model, output, cancel);
        return new ConversionResult(output, null) { LeftOver = model.LeftOver };
    }

    /// <summary>The backbone's name for an adapter in another folder, which may lie anywhere. A backbone that lies in the model's own folder goes with it.</summary>
    private static string Base(ExpressionModel model, string input, string? backbone, string fresh, CancellationToken cancel)
    {
        if (Backbones.BuiltIn.Contains(model.BaseName, StringComparer.Ordinal))
        {
            return model.BaseName;
        }

        input = ExpressionModel.Locate(input);
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

        model.Classifier.Backbone.Save(Path.Combine(fresh, Own), cancel: cancel);
        return Own;
    }

    private static ConversionResult Write(string output, IReadOnlyList<string> leftOver, Func<string, double> write)
    {
        double difference = 0;
        ModelFolder.Write(output, fresh => difference = write(fresh));
        return new ConversionResult(output, difference) { LeftOver = leftOver };
    }

    private static float[] Logits(ExpressionModel model, CancellationToken cancel) => Run(model.Preprocessing, model.Classifier.Forward, cancel);

    private static float[] Logits(Classifier model, CancellationToken cancel) => Run(new Preprocessing { Size = FeatureSize(model.Backbone) }, model.Forward, cancel);

    private static float[] Features(ImageEncoder model, CancellationToken cancel) => Run(new Preprocessing { Size = FeatureSize(model) }, pixels => model.Encode(pixels), cancel);

    private static int FeatureSize(ImageEncoder model) => model is VisionTransformer { Config: { Patch: var patch } config }
        ? Math.Min(config.ImageSize, Math.Max(patch, LargestPicture)) / patch * patch
        : model.ImageSize;

    /// <summary>One face at a time, so that whoever stops it need not wait for all.</summary>
    private static float[] Run(Preprocessing preprocessing, Func<Tensor, Tensor> forward, CancellationToken cancel)
    {
        int size = preprocessing.Size;
        var faces = new FaceDataset(FaceDomain.Source, seed: 1, Faces);
        var pixels = new float[3 * size * size];
        var outputs = new List<float>();
        for (int i = 0; i < Faces; i++)
        {
            cancel.ThrowIfCancellationRequested();
            using IDisposable step = Tape.Step();
            using IDisposable paused = Tape.NoGrad();
            preprocessing.Write(faces.Load(i), pixels);
            outputs.AddRange(forward(Tensor.From<float>(pixels, [1, 3, size, size])).ToArray<float>());
        }

        cancel.ThrowIfCancellationRequested();
        return [.. outputs];
    }

    internal static double Difference(float[] before, float[] after)
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
