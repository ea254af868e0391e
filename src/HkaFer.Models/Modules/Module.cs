using HkaFer.Tensors;

namespace HkaFer.Models;

/// <summary>A part of a model: named parameters and named parts, whose paths are those of the checkpoint.</summary>
public abstract class Module
{
    private readonly List<(string Name, Parameter Parameter)> _parameters = [];
    private readonly List<(string Name, Module Module)> _children = [];
    private Module? _parent;
    private string _name = "";

    /// <summary>All parameters below this module with their paths, in the order of construction.</summary>
    public IEnumerable<(string Path, Parameter Parameter)> Parameters() => Walk("");

    /// <summary>This module and all below it with their paths; this one's path is empty.</summary>
    public IEnumerable<(string Path, Module Module)> Modules() => WalkModules("");

    /// <summary>Number of weights, whether they have values yet or not.</summary>
    public long ParameterCount => Parameters().Sum(p => p.Parameter.Shape.Count);

    /// <summary>Number of weights that training changes.</summary>
    public long TrainableCount => Parameters().Where(p => p.Parameter.Trainable).Sum(p => p.Parameter.Shape.Count);

    /// <summary>The hash of the values before they were stored with fewer bits, or none where they were not.</summary>
    internal string? OriginalHash { get; set; }

    /// <summary>Draws fresh values for all parameters below this module that have none.</summary>
    /// <param name="seed">Equal seeds give equal values.</param>
    /// <param name="cancel">Stops between tensors.</param>
    public void Initialize(ulong seed, CancellationToken cancel = default)
    {
        foreach ((string path, Parameter parameter) in Parameters())
        {
            cancel.ThrowIfCancellationRequested();
            if (!parameter.IsReady)
            {
                parameter.Value = parameter.Init.Draw(parameter.Shape, seed, path);
            }
        }
    }

    /// <summary>Makes all parameters below this module trainable, or freezes them.</summary>
    public void SetTrainable(bool trainable)
    {
        foreach ((_, Parameter parameter) in Parameters())
        {
            parameter.Trainable = trainable;
        }
    }

    /// <summary>
    /// The checkpoint tensors that make a parameter, joined along their first axis. Usually the parameter's own path; a module that fuses
    /// what checkpoints store apart names the parts.
    /// </summary>
    protected internal virtual IReadOnlyList<string> CheckpointNames(string path, string parameter) => [Join(path, parameter)];

    /// <summary>Declares a parameter.</summary>
    protected Parameter Declare(string name, Shape shape, Init init)
    {
        var parameter = new Parameter(this, name, shape, init);
        _parameters.Add((name, parameter));
        return parameter;
    }

    /// <summary>Declares a part; one without a name adds its parts to this module's.</summary>
    protected T Child<T>(string name, T module)
        where T : Module
    {
        (module._parent, module._name) = (this, name);
        _children.Add((name, module));
        return module;
    }

    /// <summary>Puts another part in the place of one, under its name.</summary>
    protected void Replace(Module old, Module made)
    {
        int at = _children.FindIndex(child => ReferenceEquals(child.Module, old));
        _children[at] = (_children[at].Name, made);
        (made._parent, made._name) = (this, old._name);
        (old._parent, old._name) = (null, "");
    }

    /// <summary>Declares a numbered list of parts: <c>name.0</c>, <c>name.1</c>, ..</summary>
    protected T[] Children<T>(string name, int count, Func<int, T> make)
        where T : Module => [.. Enumerable.Range(0, count).Select(i => Child($"{name}.{i}", make(i)))];

    /// <summary>Path from the root of the tree that this module is part of.</summary>
    protected internal virtual string FullPath => _parent is null ? _name : Join(_parent.FullPath, _name);

    /// <summary>A part without a name of its own leaves the paths as they are.</summary>
    internal static string Join(string path, string name) => path.Length == 0 ? name : name.Length == 0 ? path : $"{path}.{name}";

    private IEnumerable<(string, Parameter)> Walk(string prefix)
    {
        foreach ((string path, Module module) in WalkModules(prefix))
        {
            foreach ((string name, Parameter parameter) in module._parameters)
            {
                yield return (Join(path, name), parameter);
            }
        }
    }

    private IEnumerable<(string, Module)> WalkModules(string prefix)
    {
        yield return (prefix, this);
        foreach ((string name, Module child) in _children)
        {
            foreach ((string, Module) below in child.WalkModules(Join(prefix, name)))
            {
                yield return below;
            }
        }
    }

    /// <summary>All parameters with the checkpoint tensors that make them.</summary>
    internal IEnumerable<(Parameter Parameter, IReadOnlyList<string> Sources)> CheckpointMap()
    {
        foreach ((string path, Module module) in WalkModules(""))
        {
            foreach ((string name, Parameter parameter) in module._parameters)
            {
                yield return (parameter, module.CheckpointNames(path, name));
            }
        }
    }
}
