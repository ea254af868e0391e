using HkaFer.Adapters;
using HkaFer.Data;
using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Training;

/// <summary>What <see cref="ModelConverter"/> does with models that answer: it asks both forms about the same faces, and compares the logits of the first token of their answers.</summary>
internal static class AnsweringConverter
{
    private const int Faces = 4;

    /// <summary>Writes the adapter anew, and those of earlier stages below it.</summary>
    internal static ConversionResult ToAdapter(string input, string output, string? backbone, PeftNames names, CancellationToken cancel)
    {
        if (AnsweringFiles.IsMerged(input))
        {
            throw new HkaFerException($"{input}: its adapter is part of the weights and cannot be had apart; use --format checkpoint, or convert the run that it was made of");
        }

        AnsweringModel model = AnsweringModel.Load(input, backbone);
        return Write(model, output, fresh => model.Save(fresh, names), cancel);
    }

    /// <summary>Writes a checkpoint whose weights do what model and adapters do, or one without adapters in another element type; with what the model is asked, if it was trained here.</summary>
    internal static ConversionResult ToCheckpoint(string input, string output, string? backbone, DType dtype, CancellationToken cancel)
    {
        bool trained = AnsweringModel.IsModel(input);
        AnsweringModel model = trained ? AnsweringModel.Load(input, backbone)
            : AnsweringModel.Untrained(input, AnswerPrompt.For([.. Expressions.Names.Take(7)], AnswerPrompt.BuiltIn[0]));
        string folder = Backbones.Resolve(model.BaseName);
        return Write(
            model, output,
            fresh =>
            {
                AnsweringFiles.SaveMerged(model, fresh, dtype, cancel);
                if (trained)
                {
                    AnsweringFiles.SaveAsked(model, fresh);
                }

                ModelConverter.CopyBeside(folder, fresh);
            },
            cancel);
    }

    private static ConversionResult Write(AnsweringModel model, string output, Action<string> save, CancellationToken cancel)
    {
        float[] before = Logits(model, cancel);
        double difference = 0;
        ModelFolder.Write(output, fresh =>
        {
            save(fresh);
            AnsweringModel after = AnsweringModel.IsModel(fresh) ? AnsweringModel.Load(fresh) : AnsweringModel.Untrained(fresh, model.Prompt);
            difference = ModelConverter.Difference(before, Logits(after, cancel));
        });
        return new ConversionResult(output, difference) { LeftOver = model.LeftOver };
    }

    private static float[] Logits(AnsweringModel model, CancellationToken cancel)
    {
        using IDisposable paused = Tape.NoGrad();
        var faces = new FaceDataset(FaceDomain.Source, seed: 1, Faces);
        var logits = new List<float>();
        for (int i = 0; i < Faces; i++)
        {
            cancel.ThrowIfCancellationRequested();
            using IDisposable step = Tape.Step();
            QwenImage image = model.Patches(faces.Load(i));
            int[] tokens = model.Tokens(image);
            logits.AddRange(model.Model.Logits(tokens, [image], tokens.Length - 1).ToArray<float>());
        }

        return [.. logits];
    }
}
