using HkaFer.Adapters;
using HkaFer.Data;
using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Training;

/// <summary>A vision-language model that names expressions, with all that its use needs: adapters, tokenizer, what it is asked, and its preprocessing.</summary>
/// <remarks>Any number of threads may ask one model at once; nothing may change the model meanwhile.</remarks>
public sealed class AnsweringModel
{
    /// <summary>Tokens that an answer may have beyond the longest that is expected, before it is cut off.</summary>
    private const int Slack = 16;

    private readonly PicturePrompt _prompt;
    private readonly AnswerChoices _choices;

    /// <summary>Puts the parts together.</summary>
    /// <param name="model">The model, with values.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="preprocessing">How pictures become patches.</param>
    /// <param name="prompt">What is asked.</param>
    /// <param name="baseName">The model's folder or name, for the saved adapter.</param>
    /// <param name="adapter">The adapter on it, or null where nothing was trained.</param>
    /// <param name="earlier">The adapters of earlier stages, first to last.</param>
    /// <exception cref="HkaFerException">Patches, tokens or the length of the prompt do not fit the model.</exception>
    public AnsweringModel(
        QwenVl model, QwenTokenizer tokenizer, PatchPreprocessing preprocessing, AnswerPrompt prompt, string baseName, Adapter? adapter = null,
        IReadOnlyList<StageAdapter>? earlier = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(preprocessing);
        ArgumentNullException.ThrowIfNull(prompt);
        (Model, Tokenizer, Preprocessing, Prompt, BaseName, Adapter, Earlier) = (model, tokenizer, preprocessing, prompt, baseName, adapter, earlier ?? []);
        AnsweringParts.Check(model, tokenizer, preprocessing, baseName);

        _prompt = new PicturePrompt(tokenizer, prompt.Text);
        _choices = new AnswerChoices(tokenizer, prompt.Labels);
        CheckLength(visual: 1, "the prompt");
    }

    /// <summary>The model.</summary>
    public QwenVl Model { get; }

    /// <summary>Its tokenizer.</summary>
    public QwenTokenizer Tokenizer { get; }

    /// <summary>How pictures become patches.</summary>
    public PatchPreprocessing Preprocessing { get; }

    /// <summary>What is asked.</summary>
    public AnswerPrompt Prompt { get; }

    /// <summary>The model's folder or name, as the saved adapter gives it.</summary>
    public string BaseName { get; }

    /// <summary>The adapter of the last stage, or null.</summary>
    public Adapter? Adapter { get; }

    /// <summary>The adapters of earlier stages, first to last.</summary>
    public IReadOnlyList<StageAdapter> Earlier { get; }

    /// <summary>Tensors of the checkpoint that have no place in the model and were left out.</summary>
    public IReadOnlyList<string> LeftOver => Model.LeftOver;

    /// <summary>Where the last stage of a run has saved no model yet: which one this is of instead. Null else.</summary>
    public string? StandsIn { get; internal init; }

    /// <summary>Class names.</summary>
    public IReadOnlyList<string> Labels => Prompt.Labels;

    /// <summary>Whether a folder, or an id of the hub in the cache, is such a model: a run, or an adapter with what it was asked.</summary>
    public static bool IsModel(string path) => AnsweringFiles.IsModel(path);

    /// <summary>Loads the model that a run reports, or an adapter; matrices stay in the files.</summary>
    /// <param name="path">A folder with <c>run.json</c> or <c>adapter_config.json</c>, or an adapter's id in the hub's cache.</param>
    /// <param name="backbone">Overrides the model that the adapter names.</param>
    /// <exception cref="HkaFerException">Something is missing or does not fit; the message names it.</exception>
    public static AnsweringModel Load(string path, string? backbone = null) => AnsweringFiles.Load(path, backbone);

    /// <summary>A checkpoint as it is, nothing trained.</summary>
    /// <param name="folder">The checkpoint's folder, a name in the box, or an id in the hub's cache.</param>
    /// <param name="prompt">What is asked.</param>
    /// <param name="maxPixels">Most pixels of a picture after resizing; where not given the checkpoint's own limit, but no more than 224 x 224.</param>
    /// <exception cref="HkaFerException">Something is missing or does not fit; the message names it.</exception>
    public static AnsweringModel Untrained(string folder, AnswerPrompt prompt, int? maxPixels = null) => AnsweringFiles.Untrained(folder, prompt, maxPixels);

    /// <summary>Writes the adapter with class names, prompt and preprocessing, and those of earlier stages below it.</summary>
    /// <param name="folder">Made where it does not exist.</param>
    /// <param name="names">Generation of module names, for readers of one alone.</param>
    /// <exception cref="HkaFerException">There is no adapter, or a file cannot be written.</exception>
    public void Save(string folder, PeftNames names = PeftNames.Version4) => AnsweringFiles.Save(this, folder, names);

    /// <summary>The expression on one face.</summary>
    /// <param name="image">Cropped to the face as the training pictures were.</param>
    /// <param name="decoding">Whether the answer is written and parsed, or every class is scored.</param>
    /// <param name="cancel">Ends the answer early with an exception.</param>
    /// <exception cref="HkaFerException">The picture is of an extreme shape, or prompt and picture together are longer than the model's context.</exception>
    public Answer Ask(Image image, AnswerDecoding decoding = AnswerDecoding.Generate, CancellationToken cancel = default)
    {
        QwenImage patches = Patches(image);
        int[] prompt = Tokens(patches);
        if (decoding == AnswerDecoding.Score)
        {
            return _choices.Score(Model, prompt, patches, Labels, cancel);
        }

        int[] answer = Model.Generate(prompt, [patches], new QwenAnswerOptions { MaxTokens = _choices.Longest + Slack }, cancel);
        return AnswerParser.Read(Tokenizer.Decode(answer, skipSpecial: true), Labels);
    }

    /// <summary>A picture as the model reads it.</summary>
    internal QwenImage Patches(Image image)
    {
        PatchedImage patched = Preprocessing.Apply(image);
        return QwenImage.From(patched.Values, patched.Rows, patched.Columns);
    }

    /// <summary>The prompt of a picture.</summary>
    /// <exception cref="HkaFerException">With its answer it is longer than the context; it is never cut, as the picture would be cut with it.</exception>
    internal int[] Tokens(QwenImage image)
    {
        int visual = image.Tokens(Model.Config.Vision.Merge);
        CheckLength(visual, "prompt and picture");
        return _prompt.Tokens(visual);
    }

    /// <summary>Checks before training that the largest picture fits, and not hours later at the first that is too large.</summary>
    /// <exception cref="HkaFerException">It does not.</exception>
    internal void CheckLargestPicture()
    {
        int unit = Preprocessing.Patch * Preprocessing.Merge;
        CheckLength(Preprocessing.MaxPixels / (unit * unit), "prompt and largest picture");
    }

    /// <summary>The tokens that the model is trained to answer for a class.</summary>
    internal int[] AnswerTokens(int label) => QwenChat.Answer(Tokenizer, AnswerParser.Write(Labels[label]));

    private void CheckLength(int visual, string what)
    {
        int length = _prompt.Length + visual, answer = _choices.Longest + Slack, context = Model.Config.Text.Context;
        if (length + answer > context)
        {
            throw new HkaFerException(
                $"{what}: {length:N0} tokens ({visual:N0} of the picture) and {answer:N0} of the answer; the model's context is {context:N0}: "
                + $"{(visual > 1 ? "set preprocessing.max_pixels lower, or " : "")}take a shorter prompt (minimal) or fewer classes");
        }
    }
}
