using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Training;

/// <summary>The closed set of answers, scored by likelihood. What all answers begin with belongs to the question: prompt and picture are computed once.</summary>
internal sealed class AnswerChoices
{
    private readonly int[][] _answers;
    private readonly int _common;

    internal AnswerChoices(QwenTokenizer tokenizer, IReadOnlyList<string> labels)
    {
        _answers = [.. labels.Select(label => (int[])[.. tokenizer.Encode(AnswerParser.Write(label)), tokenizer.MessageEnd])];
        _common = Enumerable.Range(0, _answers.Min(answer => answer.Length) - 1)
            .TakeWhile(i => _answers.All(answer => answer[i] == _answers[0][i])).Count();
        Longest = _answers.Max(answer => answer.Length);
    }

    /// <summary>Most tokens of an answer, the one that ends it included.</summary>
    internal int Longest { get; }

    /// <summary>Scores every class by the mean log-likelihood of the tokens that are its own, so that long names are not at a disadvantage.</summary>
    internal Answer Score(QwenVl model, int[] prompt, QwenImage image, IReadOnlyList<string> labels, CancellationToken cancel)
    {
        using IDisposable paused = Tape.NoGrad();
        var cache = new QwenCache(model.Config.Text, prompt.Length + Longest);
        double[] first = Next([.. prompt, .. _answers[0][.._common]], [image])[0];
        int start = cache.Length;
        var scores = new double[_answers.Length];
        for (int i = 0; i < scores.Length; i++)
        {
            cancel.ThrowIfCancellationRequested();
            int[] own = _answers[i][_common..];
            double[][] logs = own.Length == 1 ? [first] : [first, .. Next(own[..^1], null)];
            scores[i] = own.Select((token, at) => logs[at][token]).Average();
            cache.Rewind(start);
        }

        float[] probabilities = Softmax(scores);
        int best = Greatest.Of<float>(probabilities);
        return new Answer(AnswerParser.Write(labels[best]), labels[best], AnswerForm.Scored) { Probabilities = probabilities };

        // The log-probabilities of what follows each token; of a prompt, after its last.
        double[][] Next(int[] tokens, IReadOnlyList<QwenImage>? images)
        {
            using IDisposable step = Tape.Step();
            float[] logits = model.Logits(tokens, images, images is null ? 0 : tokens.Length - 1, cache).ToArray<float>();
            return [.. logits.Chunk(model.Config.Text.Vocabulary).Select(LogSoftmax)];
        }
    }

    private static double[] LogSoftmax(float[] logits)
    {
        double most = logits.Max(), sum = Math.Log(logits.Sum(x => Math.Exp(x - most)));
        return Array.ConvertAll(logits, x => x - most - sum);
    }

    private static float[] Softmax(double[] scores)
    {
        double most = scores.Max(), sum = scores.Sum(s => Math.Exp(s - most));
        return Array.ConvertAll(scores, s => (float)(Math.Exp(s - most) / sum));
    }
}
