namespace HkaFer.Tensors;

/// <summary>Checks of arguments, each with an error that says what failed, what was expected and what came.</summary>
internal static class Guard
{
    internal static void SameShape(string operation, Tensor expected, Tensor actual)
    {
        if (expected.Shape != actual.Shape)
        {
            throw new HkaFerException($"{operation}: shapes differ; expected {expected.Shape}, got {actual.Shape}");
        }
    }

    internal static void HasShape(string operation, string what, Tensor actual, Shape expected)
    {
        if (expected != actual.Shape)
        {
            throw new HkaFerException($"{operation}: {what} has shape {actual.Shape}; expected {expected}");
        }
    }

    internal static void LastAxis(string operation, string what, Tensor tensor, int expected)
    {
        if (tensor.Shape.Rank == 0 || tensor.Shape[-1] != expected)
        {
            throw new HkaFerException($"{operation}: {what} differs; expected {expected}, got {(tensor.Shape.Rank == 0 ? "a scalar" : tensor.Shape[-1])} (shape {tensor.Shape})");
        }
    }

    internal static void Rank(string operation, string what, Tensor tensor, int rank)
    {
        if (tensor.Shape.Rank != rank)
        {
            throw new HkaFerException($"{operation}: {what} must have {rank} axes; got {tensor.Shape}");
        }
    }

    internal static void That(bool condition, string message)
    {
        if (!condition)
        {
            throw new HkaFerException(message);
        }
    }
}
