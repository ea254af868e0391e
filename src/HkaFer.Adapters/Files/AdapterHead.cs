using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Adapters;

/// <summary>
/// The head beside a saved adapter. The PEFT library saves that of the published classifier, which reads class token and mean of the patches,
/// [K, 2 d]; a head on the class token alone is [W, 0] in it.
/// </summary>
internal sealed record AdapterHead(HeadPooling Pooling, Tensor Weight, Tensor Bias)
{
    internal static IEnumerable<(string Name, Tensor Tensor)> Write(ClassifierHead head, string path)
    {
        yield return ($"{path}.weight", head.PublishedWeight());
        yield return ($"{path}.bias", head.Bias.Value.Detach());
    }

    /// <summary>Reads a head and takes its names off <paramref name="unused"/>; <paramref name="current"/> is left as it is.</summary>
    /// <exception cref="HkaFerException">A tensor is missing or of another shape.</exception>
    internal static AdapterHead Read(SafeTensorsFile file, string path, ClassifierHead current, HashSet<string> unused)
    {
        using IDisposable step = Tape.Step();
        using IDisposable paused = Tape.NoGrad();
        Tensor weight = file.Read($"{path}.weight", DType.Float32), bias = file.Read($"{path}.bias", DType.Float32);
        unused.Remove($"{path}.weight");
        unused.Remove($"{path}.bias");
        int classes = current.Weight.Shape[0], width = current.Width;
        if (weight.Shape != Shape.Create([classes, 2 * width]) || bias.Shape != current.Bias.Shape)
        {
            throw new HkaFerException(
                $"{file.Path}: head is {weight.Shape} with bias {bias.Shape}; expected [{classes}, {2 * width}] and {current.Bias.Shape} (labels and width of another model?)");
        }

        bool patches = current.Pooling == HeadPooling.ClassTokenAndPatchMean || weight.Slice(1, width, width).ToFloats().Any(w => w != 0);
        return patches
            ? new AdapterHead(HeadPooling.ClassTokenAndPatchMean, weight.Keep(), bias.Keep())
            : new AdapterHead(HeadPooling.ClassToken, weight.Slice(1, 0, width).Clone().Keep(), bias.Keep());
    }

    /// <summary>Gives a classifier this head.</summary>
    internal void Apply(Classifier model)
    {
        if (model.Head.Pooling != Pooling)
        {
            model.ReplaceHead(Pooling);
        }

        model.Head.Weight.Value = Weight;
        model.Head.Bias.Value = Bias;
    }
}
