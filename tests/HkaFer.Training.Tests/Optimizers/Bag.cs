using HkaFer.Models;
using HkaFer.Tensors;

namespace HkaFer.Training.Tests;

/// <summary>Parameters without a model around them.</summary>
internal sealed class Bag : Module
{
    internal Bag(params (string Name, Tensor Value)[] values)
    {
        foreach ((string name, Tensor value) in values)
        {
            Parameter parameter = Declare(name, value.Shape, Init.Zeros);
            parameter.Trainable = true;
            parameter.Value = value;
        }

        All = [.. Parameters().Select(p => p.Parameter)];
    }

    internal Parameter[] All { get; }

    internal Parameter this[int index] => All[index];

    /// <summary>Leaves exactly this gradient on a parameter.</summary>
    internal void Give(int index, params float[] gradient)
    {
        using IDisposable step = Tape.Step();
        Ops.Scale(All[index], 1).Backward(Tensor.From(gradient, All[index].Shape));
    }
}
