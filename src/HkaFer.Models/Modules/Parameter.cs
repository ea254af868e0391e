using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>
/// A named weight of a module. Its memory is made when it is loaded or initialised, so that a model of any size can be described and its
/// parameters counted without holding it.
/// </summary>
public sealed class Parameter
{
    private Tensor? _value;

    private readonly Module _owner;
    private readonly string _name;

    internal Parameter(Module owner, string name, Shape shape, Init init)
    {
        (_owner, _name) = (owner, name);
        Shape = shape;
        Init = init;
    }

    /// <summary>The shape that a checkpoint must have.</summary>
    public Shape Shape { get; }

    /// <summary>How fresh values are drawn.</summary>
    public Init Init { get; }

    /// <summary>Path from the root of the model: <c>encoder.layer.0.norm1.weight</c>.</summary>
    public string Path => Module.Join(_owner.FullPath, _name);

    /// <summary>Whether the values are there.</summary>
    public bool IsReady => _value is not null;

    /// <summary>
    /// Counts assignments of <see cref="Value"/> and of <see cref="Trainable"/>, as training changes values in place; what is derived from the
    /// values of a frozen parameter can tell whether it is stale.
    /// </summary>
    public int Version { get; private set; }

    /// <summary>The values.</summary>
    /// <exception cref="HkaFerException">The weight was neither loaded nor initialised, or the shape differs on setting.</exception>
    public Tensor Value
    {
        get => _value ?? throw new HkaFerException(
            $"{Path}: has no values yet; load a checkpoint or call Initialize(seed)");
        set
        {
            if (value.Shape != Shape)
            {
                throw new HkaFerException($"{Path}: shape differs; expected {Shape}, got {value.Shape}");
            }

            value.RequiresGrad = Trainable;
            _value = value;
            Version++;
        }
    }

    /// <summary>Whether training changes this weight.</summary>
    public bool Trainable
    {
        get;
        set
        {
            field = value;
            Version++;
            if (_value is not null)
            {
                _value.RequiresGrad = value;
            }
        }
    }

    /// <summary>The values, where an operation asks for a tensor.</summary>
    public static implicit operator Tensor(Parameter parameter) => parameter.Value;
}
